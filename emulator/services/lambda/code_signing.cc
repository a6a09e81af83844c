// Create-, Get-, List-, Update- and DeleteCodeSigningConfig, ListFunctionsByCodeSigningConfig, and Put-, Get- and
// DeleteFunctionCodeSigningConfig. Kept and shown: there is no AWS Signer here, so every package counts as unsigned,
// and a policy `Enforce` refuses none (it would keep every stack from being tried out).

#include "emulator/services/lambda/code_signing.h"

#include "emulator/base/arn.h"
#include "emulator/services/lambda/errors.h"
#include "emulator/services/lambda/operations.h"
#include "emulator/services/lambda/tags.h"

namespace millrace::lambda {

using namespace protocol;

namespace {

constexpr size_t kPageMax = 50;
constexpr size_t kIdDigits = 17;
constexpr std::string_view kResource = "code-signing-config:";

std::string configs_prefix(const std::string& account, const std::string& region) {
  return storage::document_key({"lambda-code-signing", account, region});
}

/// The document's key; empty if the text is no such ARN.
std::string key_of(const std::string& text) {
  auto arn = Arn::parse(text);
  if (!arn || arn->service != "lambda" || !arn->resource.starts_with(kResource)) return "";
  return code_signing_key(arn->account, arn->region, arn->resource.substr(kResource.size()));
}

Json view(const Json& document) {
  Json out = document;
  out.erase("tags");
  return out;
}

std::string modified(Millis t) {
  std::string text = iso_millis(t);
  text.pop_back();
  return text + "+0000";
}

// unverified: the words, as far as they aren't the model's.
AwsError not_found(const std::string& arn) {
  return errors::not_found("The Lambda code signing configuration " + arn + " can not be found.");
}

Result<Json> load(const storage::Reader& reader, const std::string& arn) {
  auto document = storage::get_document(reader, key_of(arn));
  if (!document) return not_found(arn);
  return std::move(*document);
}

std::string arn_of(const Call& call) {
  return text_of(call.input, "CodeSigningConfigArn");
}

void apply(const Json& input, Json& document) {
  for (const char* member : {"Description", "AllowedPublishers"}) {
    if (const Json* value = find(input, member)) document[member] = *value;
  }
  const Json* policies = find(input, "CodeSigningPolicies");
  if (policies || !find(document, "CodeSigningPolicies"))
    document["CodeSigningPolicies"] = {
        {"UntrustedArtifactOnDeployment",
         policies ? text_of(*policies, "UntrustedArtifactOnDeployment", "Warn") : "Warn"}};
}

Result<Json> create(Lambda& lambda, const Call& call) {
  std::string id = "csc-" + lambda.context.random.hex(kIdDigits);
  Json document = {{"CodeSigningConfigId", id},
                   {"CodeSigningConfigArn",
                    make_arn("lambda", call.caller.region, call.caller.account, std::string(kResource) + id)}};
  apply(call.input, document);
  document["LastModified"] = modified(lambda.now());
  if (const Json* tags = find(call.input, "Tags")) {
    TRY_VOID(check_tags(*tags));
    document["tags"] = *tags;
  }
  return lambda.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    storage::put_document(txn, code_signing_key(call.caller.account, call.caller.region, id), document);
    return Json{{"CodeSigningConfig", view(document)}};
  });
}

Result<Json> get(Lambda& lambda, const Call& call) {
  TRY(Json document, load(lambda.context.store, arn_of(call)));
  return Json{{"CodeSigningConfig", view(document)}};
}

Result<Json> list(Lambda& lambda, const Call& call) {
  std::vector<std::pair<std::string, Json>> items;
  for (const Json& document :
       storage::list_documents(lambda.context.store, configs_prefix(call.caller.account, call.caller.region)))
    items.emplace_back(text_of(document, "CodeSigningConfigId"), view(document));
  return page_of("CodeSigningConfigs", items, call, kPageMax);
}

Result<Json> update(Lambda& lambda, const Call& call) {
  return lambda.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY(Json document, load(txn, arn_of(call)));
    apply(call.input, document);
    document["LastModified"] = modified(lambda.now());
    storage::put_document(txn, key_of(arn_of(call)), document);
    return Json{{"CodeSigningConfig", view(document)}};
  });
}

/// The ARNs of the functions that have the configuration.
std::vector<std::string> users_of(const storage::Reader& reader, const std::string& arn_text) {
  std::vector<std::string> out;
  auto arn = Arn::parse(arn_text);
  if (!arn) return out;
  for (const Json& document : storage::list_documents(reader, functions_prefix(arn->account, arn->region))) {
    if (text_of(document, "code_signing") != arn_text) continue;
    out.push_back(FunctionRef{arn->account, arn->region, text_of(document.at("config"), "FunctionName"), ""}.arn());
  }
  return out;
}

Result<Json> remove(Lambda& lambda, const Call& call) {
  return lambda.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY_VOID(load(txn, arn_of(call)));
    if (!users_of(txn, arn_of(call)).empty())
      return errors::conflict("Cannot delete the code signing configuration " + arn_of(call) +
                              " because it is used by functions.");
    txn.erase(storage::Family::meta, key_of(arn_of(call)));
    return Json();
  });
}

Result<Json> list_users(Lambda& lambda, const Call& call) {
  TRY_VOID(load(lambda.context.store, arn_of(call)));
  std::vector<std::pair<std::string, Json>> items;
  for (const std::string& arn : users_of(lambda.context.store, arn_of(call))) items.emplace_back(arn, arn);
  return page_of("FunctionArns", items, call, kPageMax, arn_of(call));
}

Json association_view(const Json& document, const FunctionRef& ref) {
  Json out = Json::object();
  if (auto config = optional_text(document, "code_signing")) out["CodeSigningConfigArn"] = *config;
  out["FunctionName"] = ref.name;
  return out;
}

Result<Json> associate(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, whole_function_of(call));
  return lambda.change_function(ref, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json document, load_function(txn, ref, lambda.now()));
    std::string arn = arn_of(call);
    if (arn.empty()) {
      document.erase("code_signing");
    } else {
      TRY_VOID(check_code_signing_config(txn, arn));
      document["code_signing"] = arn;
    }
    storage::put_document(txn, function_key(ref), document);
    return arn.empty() ? Json() : association_view(document, ref);
  });
}

const Shape& arn_shape() {
  static const Shape shape = code_signing_arn_shape();
  return shape;
}

std::vector<Member> setting_members(bool is_new) {
  static const Shape profile = string().pattern(
      R"(arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*))");
  Shape publishers = structure({required("SigningProfileVersionArns", list(profile).length(1, 20))});
  Shape policies = structure({optional("UntrustedArtifactOnDeployment", string().one_of({"Warn", "Enforce"}))});
  return {optional("Description", string().length(0, 256)),
          is_new ? required("AllowedPublishers", publishers) : optional("AllowedPublishers", publishers),
          optional("CodeSigningPolicies", policies)};
}

Shape naming_shape(std::vector<Member> more = {}) {
  std::vector<Member> members = {required("CodeSigningConfigArn", arn_shape())};
  for (Member& member : more) members.push_back(std::move(member));
  return structure(std::move(members));
}

std::function<Result<AccessNeeds>(const Call&)> on_config(std::string action) {
  return [action = std::move(action)](const Call& call) -> Result<AccessNeeds> {
    AccessNeed need{action, arn_of(call)};
    if (auto arn = Arn::parse(need.resource); arn && arn->account != call.caller.account)
      need.resource_account = arn->account;
    return AccessNeeds{std::move(need)};
  };
}

constexpr const char* kConfigs = "/2020-04-22/code-signing-configs";
constexpr const char* kConfig = "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}";
constexpr const char* kFunction = "/2020-06-30/functions/{FunctionName}/code-signing-config";

}  // namespace

protocol::Shape code_signing_arn_shape() {
  return string().length(-1, 200).pattern(
      R"(arn:(aws[a-zA-Z-]*)?:lambda:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}):\d{12}:code-signing-config:csc-[a-z0-9]{17})");
}

std::string code_signing_key(const std::string& account, const std::string& region, const std::string& id) {
  return storage::document_key({"lambda-code-signing", account, region, id});
}

Result<void> check_code_signing_config(const storage::Reader& reader, const std::string& arn) {
  std::string key = key_of(arn);
  if (!key.empty() && storage::get_document(reader, key)) return {};
  return AwsError(
      errors::code_signing_config_not_found,
      "The code signing configuration cannot be found. Check that the provided configuration is not deleted: " + arn +
          ".",
      errors::user_fault());
}

Operation create_code_signing_config(Lambda& lambda) {
  static const Shape input = [] {
    std::vector<Member> members = setting_members(true);
    members.push_back(optional("Tags", map(string())));
    return structure(std::move(members));
  }();
  return {.name = "CreateCodeSigningConfig",
          .input = &input,
          .rest = {{"POST", kConfigs, 201}},
          .access = on_everything("lambda:CreateCodeSigningConfig"),
          .handle = JsonHandler([&lambda](Call& call) { return create(lambda, call); })};
}

Operation get_code_signing_config(Lambda& lambda) {
  static const Shape input = naming_shape();
  return {.name = "GetCodeSigningConfig",
          .input = &input,
          .rest = {{"GET", kConfig}},
          .access = on_config("lambda:GetCodeSigningConfig"),
          .handle = JsonHandler([&lambda](Call& call) { return get(lambda, call); })};
}

Operation list_code_signing_configs(Lambda& lambda) {
  static const Shape input = structure(paging_members());
  return {.name = "ListCodeSigningConfigs",
          .input = &input,
          .rest = {{"GET", kConfigs, 200, paging_parameters()}},
          .access = on_everything("lambda:ListCodeSigningConfigs"),
          .handle = JsonHandler([&lambda](Call& call) { return list(lambda, call); })};
}

Operation update_code_signing_config(Lambda& lambda) {
  static const Shape input = naming_shape(setting_members(false));
  return {.name = "UpdateCodeSigningConfig",
          .input = &input,
          .rest = {{"PUT", kConfig}},
          .access = on_config("lambda:UpdateCodeSigningConfig"),
          .handle = JsonHandler([&lambda](Call& call) { return update(lambda, call); })};
}

Operation delete_code_signing_config(Lambda& lambda) {
  static const Shape input = naming_shape();
  return {.name = "DeleteCodeSigningConfig",
          .input = &input,
          .rest = {{"DELETE", kConfig, 204}},
          .access = on_config("lambda:DeleteCodeSigningConfig"),
          .handle = JsonHandler([&lambda](Call& call) { return remove(lambda, call); })};
}

Operation list_functions_by_code_signing_config(Lambda& lambda) {
  static const Shape input = naming_shape(paging_members());
  return {
      .name = "ListFunctionsByCodeSigningConfig",
      .input = &input,
      .rest = {{"GET", "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}/functions", 200, paging_parameters()}},
      .access = on_config("lambda:ListFunctionsByCodeSigningConfig"),
      .handle = JsonHandler([&lambda](Call& call) { return list_users(lambda, call); })};
}

Operation put_function_code_signing_config(Lambda& lambda) {
  static const Shape input = structure({function_name_member(), required("CodeSigningConfigArn", arn_shape())});
  return {.name = "PutFunctionCodeSigningConfig",
          .input = &input,
          .rest = {{"PUT", kFunction}},
          .access = on_function(lambda, "lambda:PutFunctionCodeSigningConfig"),
          .handle = JsonHandler([&lambda](Call& call) { return associate(lambda, call); })};
}

Operation get_function_code_signing_config(Lambda& lambda) {
  static const Shape input = structure({function_name_member()});
  return {.name = "GetFunctionCodeSigningConfig",
          .input = &input,
          .rest = {{"GET", kFunction}},
          .access = on_function(lambda, "lambda:GetFunctionCodeSigningConfig"),
          .handle = JsonHandler([&lambda](Call& call) -> Result<Json> {
            TRY(FunctionRef ref, function_of(call));
            TRY(Json document, load_function(lambda.context.store, ref, lambda.now()));
            return association_view(document, ref);
          })};
}

Operation delete_function_code_signing_config(Lambda& lambda) {
  static const Shape input = structure({function_name_member()});
  return {.name = "DeleteFunctionCodeSigningConfig",
          .input = &input,
          .rest = {{"DELETE", kFunction, 204}},
          .access = on_function(lambda, "lambda:DeleteFunctionCodeSigningConfig"),
          .handle = JsonHandler([&lambda](Call& call) { return associate(lambda, call); })};
}

}  // namespace millrace::lambda
