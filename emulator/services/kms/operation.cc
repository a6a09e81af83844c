// How an operation on a key goes: the key is found, the caller is judged by the key's policy, then the handler runs.

#include <algorithm>

#include "emulator/base/encoding.h"
#include "emulator/base/page_token.h"
#include "emulator/protocol/pages.h"
#include "emulator/protocol/tag_keys.h"
#include "emulator/services/kms/crypto.h"
#include "emulator/services/kms/kms.h"

namespace millrace::kms {

using namespace protocol;

namespace {

constexpr size_t kTagsMax = 50;

void add_key_conditions(const Kms& kms, const Call& call, const Key& key, ConditionContext& out) {
  out["kms:keyspec"] = out["kms:customermasterkeyspec"] = {key.spec};
  out["kms:keyusage"] = out["kms:customermasterkeyusage"] = {key.usage};
  out["kms:keyorigin"] = {key.origin};
  out["kms:multiregion"] = {key.multi_region() ? "true" : "false"};
  const std::string named = text_of(call.input, "KeyId");
  if (const size_t at = named.find("alias/"); at != std::string::npos) out["kms:requestalias"] = {named.substr(at)};
  for (const Alias& alias : list_aliases_of(kms.context.store, key.account, key.region)) {
    if (alias.target == key.id) out["kms:resourcealiases"].push_back(alias.name);
  }
  for (const auto& [name, value] : key.tags.items()) out["aws:resourcetag/" + name] = {value.get<std::string>()};
  const Json* window = find(call.input, "PendingWindowInDays");
  if (window && window->is_number_integer())
    out["kms:scheduledeletionpendingwindowindays"] = {std::to_string(window->get<int64_t>())};
  for (const char* member : {"SigningAlgorithm", "MacAlgorithm", "EncryptionAlgorithm", "MessageType"}) {
    if (auto text = optional_text(call.input, member)) out[to_lower("kms:" + std::string(member))] = {*text};
  }
  if (auto grantee = optional_text(call.input, "GranteePrincipal")) out["kms:granteeprincipal"] = {*grantee};
  if (const Json* operations = find(call.input, "Operations"); operations && operations->is_array()) {
    for (const Json& one : *operations) {
      if (one.is_string()) out["kms:grantoperations"].push_back(one.get<std::string>());
    }
  }
}

}  // namespace

AccessNeed key_need(const Kms& kms, const Call& call, const std::string& action, const Key& key,
                    const ports::EncryptionContext& context) {
  AccessNeed need{"kms:" + action, key.arn()};
  need.context = ports::key_use_context("", call.caller.region, call.caller.account, context);
  add_key_conditions(kms, call, key, need.context);
  need.resource_policy =
      key.unused() ? managed_policy(key.account, key.region, key.service) : effective_policy(kms.context.store, key);
  need.resource_account = key.account;
  return need;
}

Operation on_key(Kms& kms, OnKey operation) {
  const Names names = operation.names;
  const std::string member = operation.member, name = operation.name;
  auto access = [&kms, names, member, name](const Call& call) -> Result<AccessNeeds> {
    const Place place{call.caller.account, call.caller.region, kms.now()};
    TRY(Key key, find_key(kms.context.store, place, text_of(call.input, member), names));
    return AccessNeeds{key_need(kms, call, name, key, context_of(call.input))};
  };
  auto handle = [&kms, names, member, run = std::move(operation.handle)](Call& call) -> Result<Json> {
    TRY(Key key, kms.key_for(call, text_of(call.input, member), names));
    return run(call, std::move(key));
  };
  return {.name = name,
          .input = operation.input,
          .access = access,
          .handle = JsonHandler(handle),
          .runs = operation.runs,
          .checks_root = true};
}

Operation change_key(Kms& kms, std::string name, const Shape* input,
                     std::function<Result<Json>(const Call&, Key&)> change) {
  auto handle = [&kms, change = std::move(change)](Call& call, const Key& found) -> Result<Json> {
    if (found.aws_managed())  // unverified: the words for what AWS's own keys don't let anybody do
      return AwsError(errors::access_denied, "The operation isn't allowed on the AWS managed key " + found.arn());
    return kms.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      auto key = read_key(txn, found.account, found.region, found.id);
      if (!key) return AwsError(errors::not_found, "Key '" + found.arn() + "' does not exist");
      TRY(Json out, change(call, *key));
      put_key(txn, *key);
      return out;
    });
  };
  return on_key(kms, {std::move(name), input, handle});
}

ports::EncryptionContext context_of(const Json& input, const char* member) {
  ports::EncryptionContext out;
  const Json* given = find(input, member);
  if (!given || !given->is_object()) return out;
  for (const auto& [name, value] : given->items()) {
    if (value.is_string()) out[name] = value.get<std::string>();
  }
  return out;
}

std::string bytes_of(const Json& input, const char* member) {
  return from_base64(text_of(input, member)).value_or("");
}

Result<void> check_dry_run(const Json& input) {
  if (!bool_of(input, "DryRun")) return {};
  return AwsError(errors::dry_run, "The request would have succeeded, but the DryRun option is set.");
}

Result<Json> tags_of(const Json& list, Json tags) {
  std::vector<std::string> seen;
  for (const Json& tag : list) {
    const std::string key = text_of(tag, "TagKey");
    if (protocol::is_reserved_tag_key(key)) return AwsError(errors::tag, "Tags beginning with aws: are reserved");
    if (std::find(seen.begin(), seen.end(), key) != seen.end()) return AwsError(errors::tag, "Duplicate tag keys");
    seen.push_back(key);
    tags[key] = text_of(tag, "TagValue");
  }
  if (tags.size() > kTagsMax) return AwsError(errors::tag, "Too many tags");
  return tags;
}

Member key_id_member() {
  return required("KeyId", string().length(1, 2048));
}
Member grant_tokens_member() {
  return optional("GrantTokens", list(string().length(1, 8192)).length(0, 10));
}
Member context_member(const char* name) {
  return optional(name, map(string()));
}
Shape tag_list_shape() {
  return list(structure({required("TagKey", string().length(1, 128)), required("TagValue", string().length(0, 256))}));
}

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

}  // namespace millrace::kms
