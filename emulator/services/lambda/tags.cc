#include "emulator/services/lambda/tags.h"

#include "emulator/base/arn.h"
#include "emulator/base/encoding.h"
#include "emulator/protocol/tag_keys.h"
#include "emulator/services/lambda/capacity_providers.h"
#include "emulator/services/lambda/code_signing.h"
#include "emulator/services/lambda/errors.h"
#include "emulator/services/lambda/mappings.h"
#include "emulator/services/lambda/operations.h"

namespace millrace::lambda {

using namespace protocol;

namespace {

constexpr size_t kTagsMax = 50;  // [AWS quota]

/// [doc]; layers by their observed refusal's list of kinds.
const Shape& resource_shape() {
  static const Shape shape = string().length(1, 256).pattern(
      R"(arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:(function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?|layer:([a-zA-Z0-9-_]+)|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}|capacity-provider:[a-zA-Z0-9-_]+))");
  return shape;
}

/// What a Resource ARN names: the key of the document that holds its tags.
struct Tagged {
  std::string key;
  FunctionRef function;  // empty name: another kind of resource
  std::string arn;
};

Result<Tagged> tagged(const Call& call) {
  std::string text = text_of(call.input, "Resource");
  auto arn = Arn::parse(text);
  if (!arn || arn->service != "lambda")
    return errors::invalid("The resource ARN " + text + " is invalid.");  // unverified: AWS's words aren't known
  static constexpr std::string_view kMapping = "event-source-mapping:", kSigning = "code-signing-config:",
                                    kCapacity = "capacity-provider:";
  if (arn->resource.starts_with(kCapacity))
    return Tagged{capacity_provider_key(arn->account, arn->region, arn->resource.substr(kCapacity.size())), {}, text};
  if (arn->resource.starts_with(kSigning))
    return Tagged{code_signing_key(arn->account, arn->region, arn->resource.substr(kSigning.size())), {}, text};
  if (arn->resource.starts_with(kMapping))
    return Tagged{mapping_key(arn->account, arn->region, arn->resource.substr(kMapping.size())), {}, text};
  TRY(FunctionRef ref, function_of(call, text, ""));
  if (!ref.qualifier.empty())
    return errors::invalid("Tags on function aliases and versions are not supported. Please specify a function ARN.");
  return Tagged{function_key(ref), ref, text};
}

AwsError tagged_not_found(const Tagged& target) {
  if (target.arn.find(":code-signing-config:") != std::string::npos)
    return errors::not_found("Code signing config not found: " + target.arn);
  if (target.arn.find(":capacity-provider:") != std::string::npos)
    return errors::not_found("Capacity provider not found: " + target.arn);
  if (target.function.name.empty()) return errors::not_found("Event source mapping not found: " + target.arn);
  return function_not_found(target.function);
}

/// Runs `edit(tags)`, a Result<void>, on the resource's tags and stores them.
template <class Edit>
Result<Json> change_tags(Lambda& lambda, const Call& call, Edit edit) {
  TRY(Tagged target, tagged(call));
  return lambda.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    auto document = storage::get_document(txn, target.key);
    if (!document) return tagged_not_found(target);
    Json tags = document->value("tags", Json::object());
    TRY_VOID(edit(tags));
    (*document)["tags"] = std::move(tags);
    if (!target.function.name.empty()) {
      settle(*document, lambda.now());
      touch(*document, lambda.context.random);
    }
    storage::put_document(txn, target.key, *document);
    return Json();
  });
}

std::function<Result<AccessNeeds>(const Call&)> on_resource(std::string action) {
  return [action = std::move(action)](const Call& call) -> Result<AccessNeeds> {
    AccessNeed need{action, text_of(call.input, "Resource")};
    if (auto arn = Arn::parse(need.resource); arn && arn->account != call.caller.account)
      need.resource_account = arn->account;
    if (const Json* tags = find(call.input, "Tags")) {
      for (const auto& [name, value] : tags->items()) {
        need.context["aws:tagkeys"].push_back(name);
        if (value.is_string()) need.context["aws:requesttag/" + name] = {value.get<std::string>()};
      }
    }
    return AccessNeeds{std::move(need)};
  };
}

}  // namespace

Result<void> check_tags(const Json& tags) {
  if (tags.size() > kTagsMax) return errors::invalid("Number of tags exceeds resource tag limit.");
  for (const auto& [key, value] : tags.items()) {
    if (protocol::is_reserved_tag_key(key))  // unverified: AWS's words
      return errors::invalid("Tag keys can't start with aws:, which is reserved for AWS. Tag key: " + key);
  }
  return {};
}

Operation tag_resource(Lambda& lambda) {
  static const Shape input = structure({required("Resource", resource_shape()), required("Tags", map(string()))});
  return {.name = "TagResource",
          .input = &input,
          .rest = {{"POST", "/2017-03-31/tags/{Resource}", 204}},
          .access = on_resource("lambda:TagResource"),
          .handle = JsonHandler([&lambda](Call& call) -> Result<Json> {
            const Json& added = call.input.at("Tags");
            if (added.empty()) return errors::invalid("An error occurred and the request cannot be processed.");
            return change_tags(lambda, call, [&](Json& tags) -> Result<void> {
              for (const auto& [name, value] : added.items()) tags[name] = value;
              return check_tags(tags);
            });
          })};
}

Operation untag_resource(Lambda& lambda) {
  static const Shape input = structure({required("Resource", resource_shape()), required("TagKeys", list(string()))});
  return {.name = "UntagResource",
          .input = &input,
          .rest = {{"DELETE",
                    "/2017-03-31/tags/{Resource}",
                    204,
                    {{"TagKeys", "tagKeys", RestParameter::In::query, RestParameter::Type::list}}}},
          .access = on_resource("lambda:UntagResource"),
          .handle = JsonHandler([&lambda](Call& call) -> Result<Json> {
            return change_tags(lambda, call, [&](Json& tags) -> Result<void> {
              for (const Json& name : call.input.at("TagKeys")) tags.erase(name.get<std::string>());
              return {};
            });
          })};
}

Operation list_tags(Lambda& lambda) {
  static const Shape input = structure({required("Resource", resource_shape())});
  return {.name = "ListTags",
          .input = &input,
          .rest = {{"GET", "/2017-03-31/tags/{Resource}"}},
          .access = on_resource("lambda:ListTags"),
          .handle = JsonHandler([&lambda](Call& call) -> Result<Json> {
            TRY(Tagged target, tagged(call));
            auto document = storage::get_document(lambda.context.store, target.key);
            if (!document) return tagged_not_found(target);
            return Json{{"Tags", document->value("tags", Json::object())}};
          })};
}

}  // namespace millrace::lambda
