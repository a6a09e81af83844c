// Capacity providers: whose instances functions would run on. Kept and shown; functions run where all do. Documents under
// {"lambda-capacity-provider", account, region, name}: the API's members, with `tags` beside them.

#include "emulator/services/lambda/capacity_providers.h"

#include <algorithm>

#include "emulator/base/arn.h"
#include "emulator/base/encoding.h"
#include "emulator/services/lambda/errors.h"
#include "emulator/services/lambda/function_settings.h"
#include "emulator/services/lambda/operations.h"
#include "emulator/services/lambda/tags.h"

namespace millrace::lambda {

using namespace protocol;

namespace {

constexpr size_t kPageMax = 50;
constexpr int64_t kVCpuCountDefault = 400;  // [doc]
constexpr std::string_view kResource = "capacity-provider:";
constexpr const char* kPattern =
    R"((arn:aws[a-zA-Z-]*:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:capacity-provider:[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+)";

std::string prefix_of(const std::string& account, const std::string& region) {
  return storage::document_key({"lambda-capacity-provider", account, region});
}

/// As an ARN, whichever way the provider was named.
std::string arn_of(const Call& call) {
  std::string name = text_of(call.input, "CapacityProviderName");
  if (name.starts_with("arn:")) return name;
  return make_arn("lambda", call.caller.region, call.caller.account, std::string(kResource) + name);
}

/// The document's key; empty if the text is no such ARN.
std::string key_of(const std::string& text) {
  auto arn = Arn::parse(text);
  if (!arn || arn->service != "lambda" || !arn->resource.starts_with(kResource)) return "";
  return capacity_provider_key(arn->account, arn->region, arn->resource.substr(kResource.size()));
}

Json view(const Json& document, const char* state) {
  Json out = document;
  out.erase("tags");
  out["State"] = state;
  return out;
}

Json shown(const Json& document, const char* state = "Active") {
  return Json{{"CapacityProvider", view(document, state)}};
}

std::string modified(Millis t) {
  std::string text = iso_millis(t);
  text.pop_back();
  return text + "+0000";
}

Result<Json> load(const storage::Reader& reader, const std::string& arn) {
  auto document = storage::get_document(reader, key_of(arn));
  if (!document) return errors::not_found("Capacity provider not found: " + arn);  // unverified: the words
  return std::move(*document);
}

/// What wasn't set has a value all the same: clients take the absence for an inconsistent answer.
Json with_defaults(const Json& given, const Json& defaults) {
  Json out = defaults;
  for (const auto& [name, value] : given.items()) out[name] = value;
  return out;
}

Json scaling_of(const Json& input) {
  return with_defaults(input.value("CapacityProviderScalingConfig", Json::object()),
                       {{"MaxVCpuCount", kVCpuCountDefault}, {"ScalingMode", "Auto"}});
}

Result<Json> create(Lambda& lambda, const Call& call) {
  const Json& input = call.input;
  std::string arn = arn_of(call);
  Json document = {{"CapacityProviderArn", arn}, {"State", "Active"}, {"VpcConfig", input.at("VpcConfig")}};
  document["PermissionsConfig"] = input.at("PermissionsConfig");
  document["InstanceRequirements"] =
      with_defaults(input.value("InstanceRequirements", Json::object()), {{"Architectures", Json::array({"x86_64"})}});
  document["CapacityProviderScalingConfig"] = scaling_of(input);
  if (auto key = optional_text(input, "KmsKeyArn")) document["KmsKeyArn"] = *key;
  document["LastModified"] = modified(lambda.now());
  if (const Json* tags = find(input, "Tags")) {
    TRY_VOID(check_tags(*tags));
    document["tags"] = *tags;
  }
  return lambda.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    if (storage::get_document(txn, key_of(arn)))
      return errors::conflict("The capacity provider already exists: " + arn);  // unverified: the words
    storage::put_document(txn, key_of(arn), document);
    return shown(document);
  });
}

/// The ARNs of the functions and versions that name the provider.
std::vector<std::string> users_of(const storage::Reader& reader, const std::string& text) {
  std::vector<std::string> out;
  auto arn = Arn::parse(text);
  if (!arn) return out;
  for (const char* kind : {"function", "version"}) {
    for (const Json& document :
         storage::list_documents(reader, storage::document_key({"lambda", arn->account, arn->region, kind}))) {
      if (capacity_provider_of(document.at("config")) != text) continue;
      out.push_back(FunctionRef{arn->account, arn->region, text_of(document.at("config"), "FunctionName"),
                                text_of(document, "version")}
                        .qualified_arn());
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

Result<Json> update(Lambda& lambda, const Call& call) {
  std::string arn = arn_of(call);
  return lambda.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY(Json document, load(txn, arn));
    if (find(call.input, "CapacityProviderScalingConfig"))
      document["CapacityProviderScalingConfig"] = scaling_of(call.input);
    document["LastModified"] = modified(lambda.now());
    storage::put_document(txn, key_of(arn), document);
    return shown(document);
  });
}

Result<Json> remove(Lambda& lambda, const Call& call) {
  std::string arn = arn_of(call);
  return lambda.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY(Json document, load(txn, arn));
    if (!users_of(txn, arn).empty())
      return errors::conflict(
          "To delete this capacity provider, first remove its association with function versions.");  // unverified: end
    txn.erase(storage::Family::meta, key_of(arn));
    return shown(document, "Deleting");
  });
}

Result<Json> list(Lambda& lambda, const Call& call) {
  std::string state = text_of(call.input, "State", "Active");
  std::vector<std::pair<std::string, Json>> items;
  if (state == "Active") {
    for (const Json& document :
         storage::list_documents(lambda.context.store, prefix_of(call.caller.account, call.caller.region)))
      items.emplace_back(text_of(document, "CapacityProviderArn"), view(document, "Active"));
  }
  return page_of("CapacityProviders", items, call, kPageMax);
}

Result<Json> list_users(Lambda& lambda, const Call& call) {
  std::string arn = arn_of(call);
  TRY_VOID(load(lambda.context.store, arn));
  std::vector<std::pair<std::string, Json>> items;
  for (const std::string& user : users_of(lambda.context.store, arn))
    items.emplace_back(user, Json{{"FunctionArn", user}, {"State", "Active"}});
  std::sort(items.begin(), items.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  TRY(Json out, page_of("FunctionVersions", items, call, kPageMax, arn));
  out["CapacityProviderArn"] = arn;
  return out;
}

Shape scaling_shape() {
  Shape policy =
      structure({required("PredefinedMetricType", string().one_of({"LambdaCapacityProviderAverageCPUUtilization"})),
                 required("TargetValue", number().range(0, 100))});
  return structure({optional("MaxVCpuCount", integer().range(2, 15000)),
                    optional("ScalingMode", string().one_of({"Auto", "Manual"})),
                    optional("ScalingPolicies", list(policy).length(1, 10))});
}

Shape create_shape() {
  Shape types = list(string().length(1, 30).pattern(R"([a-zA-Z0-9\.\-]+)")).length(0, 400);
  Shape role = string().pattern(R"(arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+)");
  return structure(
      {required("CapacityProviderName", string().length(1, 140).pattern(kPattern)),
       required("VpcConfig", structure({required("SubnetIds", list(string()).length(1, 16)),
                                        required("SecurityGroupIds", list(string()).length(0, 5))})),
       required("PermissionsConfig", structure({required("CapacityProviderOperatorRoleArn", role)})),
       optional("InstanceRequirements",
                structure({optional("Architectures", list(string().one_of({"x86_64", "arm64"})).length(1, 1)),
                           optional("AllowedInstanceTypes", types), optional("ExcludedInstanceTypes", types)})),
       optional("CapacityProviderScalingConfig", scaling_shape()), optional("KmsKeyArn", string()),
       optional("Tags", map(string()))});
}

Shape naming_shape(std::vector<Member> more = {}) {
  std::vector<Member> members = {required("CapacityProviderName", string().length(1, 140).pattern(kPattern))};
  for (Member& member : more) members.push_back(std::move(member));
  return structure(std::move(members));
}

std::function<Result<AccessNeeds>(const Call&)> on_provider(std::string action) {
  return [action = std::move(action)](const Call& call) -> Result<AccessNeeds> {
    AccessNeed need{action, arn_of(call)};
    if (auto arn = Arn::parse(need.resource); arn && arn->account != call.caller.account)
      need.resource_account = arn->account;
    return AccessNeeds{std::move(need)};
  };
}

constexpr const char* kProviders = "/2025-11-30/capacity-providers";
constexpr const char* kProvider = "/2025-11-30/capacity-providers/{CapacityProviderName}";

}  // namespace

std::string capacity_provider_key(const std::string& account, const std::string& region, const std::string& name) {
  return storage::document_key({"lambda-capacity-provider", account, region, name});
}

std::string capacity_provider_of(const Json& config) {
  const Json* provider = find(config, "CapacityProviderConfig");
  const Json* managed = provider ? find(*provider, "LambdaManagedInstancesCapacityProviderConfig") : nullptr;
  return managed ? text_of(*managed, "CapacityProviderArn") : "";
}

Result<void> check_capacity_provider(const storage::Reader& reader, const Json& config) {
  std::string arn = capacity_provider_of(config);
  if (arn.empty() || (!key_of(arn).empty() && storage::get_document(reader, key_of(arn)))) return {};
  return errors::invalid("The capacity provider " + arn + " does not exist.");  // unverified: the words
}

Operation create_capacity_provider(Lambda& lambda) {
  static const Shape input = create_shape();
  return {.name = "CreateCapacityProvider",
          .input = &input,
          .rest = {{"POST", kProviders, 202}},
          .access = [](const Call& call) -> Result<AccessNeeds> {
            AccessNeeds needs{{"lambda:CreateCapacityProvider", arn_of(call)}};
            if (const Json* permissions = find(call.input, "PermissionsConfig"))
              add_pass_role_need(text_of(*permissions, "CapacityProviderOperatorRoleArn"), call.caller.account, needs);
            return needs;
          },
          .handle = JsonHandler([&lambda](Call& call) { return create(lambda, call); })};
}

Operation get_capacity_provider(Lambda& lambda) {
  static const Shape input = naming_shape();
  return {.name = "GetCapacityProvider",
          .input = &input,
          .rest = {{"GET", kProvider}},
          .access = on_provider("lambda:GetCapacityProvider"),
          .handle = JsonHandler([&lambda](Call& call) -> Result<Json> {
            TRY(Json document, load(lambda.context.store, arn_of(call)));
            return shown(document);
          })};
}

Operation list_capacity_providers(Lambda& lambda) {
  static const Shape input = [] {
    std::vector<Member> members = paging_members(static_cast<int64_t>(kPageMax));
    members.push_back(optional("State", string().one_of({"Pending", "Active", "Failed", "Deleting"})));
    return structure(std::move(members));
  }();
  return {.name = "ListCapacityProviders",
          .input = &input,
          .rest = {{"GET", kProviders, 200, paging_parameters({{"State", "State"}})}},
          .access = on_everything("lambda:ListCapacityProviders"),
          .handle = JsonHandler([&lambda](Call& call) { return list(lambda, call); })};
}

Operation update_capacity_provider(Lambda& lambda) {
  static const Shape input = naming_shape({optional("CapacityProviderScalingConfig", scaling_shape())});
  return {.name = "UpdateCapacityProvider",
          .input = &input,
          .rest = {{"PUT", kProvider, 202}},
          .access = on_provider("lambda:UpdateCapacityProvider"),
          .handle = JsonHandler([&lambda](Call& call) { return update(lambda, call); })};
}

Operation delete_capacity_provider(Lambda& lambda) {
  static const Shape input = naming_shape();
  return {.name = "DeleteCapacityProvider",
          .input = &input,
          .rest = {{"DELETE", kProvider, 202}},
          .access = on_provider("lambda:DeleteCapacityProvider"),
          .handle = JsonHandler([&lambda](Call& call) { return remove(lambda, call); })};
}

Operation list_function_versions_by_capacity_provider(Lambda& lambda) {
  static const Shape input = naming_shape(paging_members(static_cast<int64_t>(kPageMax)));
  return {.name = "ListFunctionVersionsByCapacityProvider",
          .input = &input,
          .rest = {{"GET", "/2025-11-30/capacity-providers/{CapacityProviderName}/function-versions", 200,
                    paging_parameters()}},
          .access = on_provider("lambda:ListFunctionVersionsByCapacityProvider"),
          .handle = JsonHandler([&lambda](Call& call) { return list_users(lambda, call); })};
}

}  // namespace millrace::lambda
