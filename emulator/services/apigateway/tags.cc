// TagResource, UntagResource, GetTags: of APIs and stages.

#include "emulator/base/encoding.h"
#include "emulator/services/apigateway/operations.h"
#include "emulator/services/apigateway/rest/state.h"

namespace millrace::apigateway {

using namespace protocol;

namespace {

constexpr size_t kTagsMax = 50;

Result<std::string> key_of(const Call& call) {
  const std::string arn = text_of(call.input, "resourceArn");
  if (!arn.starts_with("arn:") || arn.find("::/") == std::string::npos)
    return errors::bad_request("Invalid resource ARN specified: " + arn);  // unverified: the words
  auto key = tagged_key(scope_of(call), arn);
  return key ? Result<std::string>(std::move(*key)) : errors::not_built("Tagging of " + arn);
}

/// Runs `edit(tags)` on what is tagged, inside a change.
Result<Json> change(Gateway& gateway, const Call& call, const std::function<Result<void>(Json&)>& edit) {
  TRY(std::string key, key_of(call));
  return gateway.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    return edit_tags_of(txn, key, edit, errors::not_found("Resource", text_of(call.input, "resourceArn")));
  });
}

}  // namespace

std::optional<std::string> tagged_key(const Scope& scope, const std::string& arn) {
  const size_t path = arn.find("::/");
  const std::vector<std::string> parts = path_segments(std::string_view(arn).substr(path + 2));
  const bool of_stage = parts.size() == 4 && parts[2] == "stages";
  if (of_stage && parts[0] == "restapis") return child_key(scope, rest::kStage, parts[1], parts[3]);
  if (of_stage && parts[0] == "apis") return child_key(scope, "stage", parts[1], parts[3]);
  if (parts.size() != 2) return std::nullopt;
  if (parts[0] == "restapis") return rest::rest_key(scope, parts[1]);
  if (parts[0] == "apis") return api_key(scope, parts[1]);
  static const std::map<std::string, const char*> kOwn = {{"apikeys", "key"},
                                                          {"usageplans", "plan"},
                                                          {"domainnames", "domain"},
                                                          {"vpclinks", "vpc-link"},
                                                          {"clientcertificates", "certificate"}};
  auto own = kOwn.find(parts[0]);
  return own == kOwn.end() ? std::nullopt : std::optional(rest::own_key(scope, own->second, parts[1]));
}

Operation tag_resource(Gateway& gateway) {
  static const Shape input = structure({optional("tags", map(string().length(0, 256)))});
  return {.name = "TagResource",
          .input = &input,
          .rest = {{"POST", "/v2/tags/{resourceArn}", 201}},
          .access = needs_of,
          .handle = JsonHandler([&gateway](Call& call) {
            const Json given = call.input.value("tags", Json::object());
            return change(gateway, call, [&](Json& tags) -> Result<void> {
              for (const auto& [name, value] : given.items()) tags[name] = value;
              if (tags.size() > kTagsMax) return errors::bad_request("The number of tags exceeds the limit of 50");
              return {};
            });
          })};
}

Operation untag_resource(Gateway& gateway) {
  return {.name = "UntagResource",
          .rest = {{"DELETE",
                    "/v2/tags/{resourceArn}",
                    204,
                    {{"tagKeys", "tagKeys", RestParameter::In::query, RestParameter::Type::list}}}},
          .access = needs_of,
          .handle = JsonHandler([&gateway](Call& call) {
            return change(gateway, call, [&](Json& tags) -> Result<void> {
              if (const Json* names = find(call.input, "tagKeys")) {
                for (const Json& name : *names) tags.erase(name.get<std::string>());
              }
              return {};
            });
          })};
}

Operation get_tags(Gateway& gateway) {
  return {.name = "GetTags",
          .rest = {{"GET", "/v2/tags/{resourceArn}", 200}},
          .access = needs_of,
          .handle = JsonHandler([&gateway](Call& call) -> Result<Json> {
            TRY(std::string key, key_of(call));
            auto document = storage::get_document(gateway.context.store, key);
            if (!document) return errors::not_found("Resource", text_of(call.input, "resourceArn"));
            return Json{{"tags", document->value("tags", Json::object())}};
          })};
}

}  // namespace millrace::apigateway
