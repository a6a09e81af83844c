#include <algorithm>
#include <tuple>

#include "emulator/base/arn.h"
#include "emulator/base/page_token.h"
#include "emulator/protocol/pages.h"
#include "emulator/services/kms/operations.h"

namespace millrace::kms {

using namespace protocol;

namespace {
constexpr size_t kPageMax = 100;
}  // namespace

Result<Json> page_of(const Call& call, const char* member, Json all, const char* name, size_t page_max) {
  const auto limit = std::min<size_t>(page_max, static_cast<size_t>(int_of(call.input, "Limit", 1000)));
  auto page = Pager::open(list_name(call, text_of(call.input, "KeyId")), text_of(call.input, "Marker"), limit);
  if (!page) return AwsError(errors::invalid_marker, "Could not deserialize marker");  // unverified
  std::sort(all.begin(), all.end(),
            [name](const Json& a, const Json& b) { return text_of(a, name) < text_of(b, name); });
  Json shown = Json::array();
  for (Json& entry : all) {
    if (page->takes(text_of(entry, name))) shown.push_back(std::move(entry));
  }
  Json out{{member, std::move(shown)}, {"Truncated", page->is_full()}};
  if (auto next = page->next_token()) out["NextMarker"] = std::move(*next);
  return out;
}

Operation list_aliases(ManagedKeys& keys) {
  static const Shape input = structure({
      optional("KeyId", string().length(1, 2048)),
      optional("Limit", integer().range(1, 1000)),
      optional("Marker", string().length(1, 1024)),
  });
  auto handle = [&keys](Call& call) -> Result<Json> {
    const auto& [account, region] = std::tie(call.caller.account, call.caller.region);
    std::string wanted;
    if (auto given = optional_text(call.input, "KeyId")) {
      TRY(ManagedKey key, keys.find(account, region, *given));
      wanted = key.id;
    }
    Json all = Json::array();
    for (const ManagedKey& key : keys.list(account, region)) {
      if (!wanted.empty() && (key.id != wanted || !key.created_ms)) continue;
      Json entry{{"AliasName", key.alias()}, {"AliasArn", make_arn("kms", region, account, key.alias())}};
      if (key.created_ms) {  // the alias of a key that wasn't used yet names none
        entry["TargetKeyId"] = key.id;
        entry["CreationDate"] = entry["LastUpdatedDate"] = static_cast<double>(key.created_ms) / 1000.0;
      }
      all.push_back(std::move(entry));
    }
    return page_of(call, "Aliases", std::move(all), "AliasName", kPageMax);
  };
  auto access = [](const Call&) -> Result<AccessNeeds> { return AccessNeeds{{"kms:ListAliases", "*"}}; };
  return {.name = "ListAliases", .input = &input, .access = access, .handle = JsonHandler(handle)};
}

}  // namespace millrace::kms
