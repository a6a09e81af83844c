// GetAccount, UpdateAccount; TagResource, UntagResource, GetTags of version 1.

#include "emulator/base/arn.h"
#include "emulator/services/apigateway/operations.h"
#include "emulator/services/apigateway/rest/operations.h"
#include "emulator/services/apigateway/rest/patch.h"

namespace millrace::apigateway::rest {

using namespace protocol;

namespace {

Json account_of(const storage::Reader& reader, const Scope& scope) {
  Json out = {{"throttleSettings", {{"burstLimit", 5000}, {"rateLimit", 10000.0}}},
              {"features", Json::array({"UsagePlans"})},
              {"apiKeyVersion", "4"}};
  auto stored = storage::get_document(reader, own_key(scope, "account", ""));
  if (stored) copy_given(out, *stored, {"cloudwatchRoleArn"});
  return out;
}

Result<Json> get(Gateway& gateway, const Call& call) {
  return account_of(gateway.context.store, scope_of(call));
}

Result<Json> update(Gateway& gateway, const Call& call) {
  static const std::vector<PatchRule> rules = {
      {"/cloudwatchRoleArn", "ard", As::optional}, {"/features", "ad", As::by_value}, {"/apiKeyVersion", "r"}};
  const Scope scope = scope_of(call);
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    Json stored = storage::get_document(txn, own_key(scope, "account", "")).value_or(Json::object());
    TRY_VOID(apply_patches(stored, call.input, "updateAccountInput", rules));
    const std::string role = text_of(stored, "cloudwatchRoleArn");
    const auto arn = Arn::parse(role);
    if (!role.empty() && (!arn || arn->service != "iam" || !arn->resource.starts_with("role/")))
      return errors::bad_request("The role ARN is not well formed");
    storage::put_document(txn, own_key(scope, "account", ""), stored);
    return account_of(txn, scope);
  });
}

Result<std::string> tagged(const Call& call) {
  const std::string arn = text_of(call.input, "resourceArn");
  if (!arn.starts_with("arn:") || arn.find("::/") == std::string::npos)
    return errors::bad_request("Invalid ARN specified in the request");
  auto key = tagged_key(scope_of(call), arn);
  return key ? Result<std::string>(std::move(*key)) : apigateway::errors::not_built("Tagging of " + arn);
}

Result<Json> edit_tags(Gateway& gateway, const Call& call, const std::function<Result<void>(Json&)>& edit) {
  TRY(const std::string key, tagged(call));
  return change(gateway, [&](storage::Txn& txn) -> Result<Json> {
    return edit_tags_of(txn, key, edit, errors::not_found("Invalid Resource identifier specified"));
  });
}

Result<Json> tag(Gateway& gateway, const Call& call) {
  constexpr size_t kTagsMax = 50;
  return edit_tags(gateway, call, [&](Json& tags) -> Result<void> {
    const Json given = call.input.value("tags", Json::object());
    for (const auto& [name, value] : given.items()) tags[name] = value;
    if (tags.size() > kTagsMax) return errors::bad_request("The number of tags exceeds the limit of 50");  // unverified
    return {};
  });
}

Result<Json> untag(Gateway& gateway, const Call& call) {
  return edit_tags(gateway, call, [&](Json& tags) -> Result<void> {
    for (const auto& [name, value] : call.query) {
      if (name == "tagKeys") tags.erase(value);
    }
    return {};
  });
}

Result<Json> tags_of(Gateway& gateway, const Call& call) {
  TRY(const std::string key, tagged(call));
  auto document = storage::get_document(gateway.context.store, key);
  if (!document) return errors::not_found("Invalid Resource identifier specified");
  return Json{{"tags", document->value("tags", Json::object())}};
}

}  // namespace

Operations account_operations(Gateway& gateway) {
  static const Shape shape = structure({required("tags", map(string().length(0, 256)))});
  return {operation(gateway, "GetAccount", {"GET", "/account", 200}, get),
          operation(gateway, "UpdateAccount", {"PATCH", "/account", 200}, update),
          operation(gateway, "TagResource", {"PUT", "/tags/{resourceArn}", 204}, tag, &shape),
          operation(gateway, "UntagResource", {"DELETE", "/tags/{resourceArn}", 204}, untag),
          operation(gateway, "GetTags", {"GET", "/tags/{resourceArn}", 200}, tags_of)};
}

}  // namespace millrace::apigateway::rest
