#include <algorithm>
#include <tuple>

#include "emulator/base/arn.h"
#include "emulator/services/kms/operations.h"

namespace millrace::kms {

using namespace protocol;

namespace {
constexpr size_t kPageMax = 100;
}  // namespace

Result<Json> page_of(const Json& input, const char* member, const Json& all, const char* name, size_t page_max) {
  size_t begin = 0;
  if (auto marker = optional_text(input, "Marker")) {
    while (begin < all.size() && text_of(all[begin], name) != *marker) ++begin;
    if (begin == all.size()) return AwsError(errors::invalid_marker, "Could not deserialize marker");  // unverified
    ++begin;
  }
  size_t end =
      std::min(all.size(), begin + std::min<size_t>(page_max, static_cast<size_t>(int_of(input, "Limit", 1000))));
  Json page = Json::array();
  for (size_t i = begin; i < end; ++i) page.push_back(all[i]);
  Json out{{"Truncated", end < all.size()}};
  if (end < all.size()) out["NextMarker"] = text_of(all[end - 1], name);
  out[member] = std::move(page);
  return out;
}  // namespace

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
    return page_of(call.input, "Aliases", all, "AliasName", kPageMax);
  };
  auto access = [](const Call&) -> Result<AccessNeeds> { return AccessNeeds{{"kms:ListAliases", "*"}}; };
  return {.name = "ListAliases", .input = &input, .access = access, .handle = JsonHandler(handle)};
}

}  // namespace millrace::kms
