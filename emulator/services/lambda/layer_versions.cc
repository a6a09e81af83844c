// PublishLayerVersion, GetLayerVersion(ByArn), ListLayers, ListLayerVersions, DeleteLayerVersion, and the layer
// versions' permissions.

#include "emulator/services/lambda/errors.h"
#include "emulator/services/lambda/function_code.h"
#include "emulator/services/lambda/layers.h"
#include "emulator/services/lambda/operations.h"
#include "emulator/services/lambda/policy.h"
#include "emulator/services/lambda/runtimes.h"
#include "emulator/services/lambda/zip_archive.h"

namespace millrace::lambda {

using namespace protocol;

namespace {

constexpr size_t kPageMax = 50;

LayerRef layer_of(const Call& call) {
  LayerRef ref = parse_layer(text_of(call.input, "LayerName"), call.caller.account, call.caller.region);
  if (auto number = optional_text(call.input, "VersionNumber");
      number && is_version_number(*number) && number->size() < 10)
    ref.version = std::stoll(*number);
  return ref;
}

std::function<Result<AccessNeeds>(const Call&)> on_layer(Lambda& lambda, std::string action) {
  return [&lambda, action = std::move(action)](const Call& call) -> Result<AccessNeeds> {
    std::string by_arn = text_of(call.input, "Arn");
    LayerRef ref = by_arn.empty() ? layer_of(call) : parse_layer(by_arn, call.caller.account, call.caller.region);
    if (action == "lambda:GetLayerVersion") TRY_VOID(adopt_layer(lambda, ref, call.caller.account));
    AccessNeed need{action, ref.version > 0 ? ref.version_arn() : ref.arn()};
    if (auto document = storage::get_document(lambda.context.store, ref.key()))
      need.resource_policy = policy_text(*document);
    if (ref.account != call.caller.account) need.resource_account = ref.account;
    return AccessNeeds{std::move(need)};
  };
}

/// What versions show in lists; Get and Publish add Content and LayerArn.
Json version_view(const LayerRef& ref, const Json& document) {
  Json out = {{"LayerVersionArn", ref.version_arn()},
              {"Version", ref.version},
              {"Description", text_of(document, "Description")},
              {"CreatedDate", text_of(document, "CreatedDate")}};
  for (const char* member : {"CompatibleRuntimes", "CompatibleArchitectures", "LicenseInfo"}) {
    if (const Json* value = find(document, member)) out[member] = *value;
  }
  return out;
}

Json full_view(const Lambda& lambda, const LayerRef& ref, const Json& document) {
  const Json& code = document.at("code");
  Json out = {{"Content",
               {{"Location", code_location(lambda, code)},
                {"CodeSha256", text_of(code, "sha256")},
                {"CodeSize", int_of(code, "size")}}},
              {"LayerArn", ref.arn()}};
  out.update(version_view(ref, document));
  return out;
}

Result<Json> publish(Lambda& lambda, const Call& call) {
  const Json& input = call.input;
  LayerRef ref = layer_of(call);
  TRY(std::string zip, fetch_zip(lambda, call, input.at("Content")));
  TRY(CodePackage package, lambda.functions.code().add(zip, kUnzippedBytesMax));
  Json document = {{"name", ref.name}, {"code", to_json(package)}, {"Description", text_of(input, "Description")}};
  std::string created = iso_millis(lambda.now());
  created.pop_back();
  document["CreatedDate"] = created + "+0000";
  for (const char* member : {"CompatibleRuntimes", "CompatibleArchitectures", "LicenseInfo"}) {
    if (const Json* value = find(input, member)) document[member] = *value;
  }
  std::string next_key = storage::document_key({"lambda", ref.account, ref.region, "layer-next", ref.name});
  auto published = lambda.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    Json next = storage::get_document(txn, next_key).value_or(Json{{"next", 1}});
    ref.version = int_of(next, "next", 1);
    next["next"] = ref.version + 1;
    document["version"] = ref.version;
    storage::put_document(txn, next_key, next);
    storage::put_document(txn, ref.key(), document);
    return full_view(lambda, ref, document);
  });
  if (published.has_error()) lambda.functions.code().remove(package.id);
  return published;
}

Result<Json> load_version(const storage::Reader& reader, const LayerRef& ref) {
  auto document = storage::get_document(reader, ref.key());
  if (!document) return errors::no_such_resource();
  return std::move(*document);
}

Result<Json> get(Lambda& lambda, const Call& call, const LayerRef& ref) {
  int64_t number = ref.version;
  if (auto given = optional_text(call.input, "VersionNumber"); given && !is_version_number(*given)) number = -1;
  if (number < 1) return errors::invalid("Layer Version Cannot be less than 1");
  TRY(Json document, load_version(lambda.context.store, ref));
  return full_view(lambda, ref, document);
}

/// The versions of one layer, the newest first, that suit `CompatibleRuntime` and `CompatibleArchitecture`.
std::vector<std::pair<LayerRef, Json>> versions_of(const storage::Reader& reader, LayerRef ref, const Json& input) {
  auto suits = [&](const Json& document, const char* asked, const char* member) {
    auto value = optional_text(input, asked);
    const Json* offered = find(document, member);
    return !value || (offered && std::find(offered->begin(), offered->end(), Json(*value)) != offered->end());
  };
  std::vector<std::pair<LayerRef, Json>> out;
  for (Json& document : storage::list_documents(reader, ref.prefix())) {
    if (!suits(document, "CompatibleRuntime", "CompatibleRuntimes") ||
        !suits(document, "CompatibleArchitecture", "CompatibleArchitectures"))
      continue;
    ref.version = int_of(document, "version");
    out.insert(out.begin(), {ref, std::move(document)});
  }
  return out;
}

Result<Json> list_versions(Lambda& lambda, const Call& call) {
  std::vector<std::pair<std::string, Json>> items;
  for (const auto& [ref, document] : versions_of(lambda.context.store, layer_of(call), call.input)) {
    // Newest first: the marker's order is the number's complement.
    items.emplace_back(std::to_string(9'999'999'999 - ref.version), version_view(ref, document));
  }
  return page_of("LayerVersions", items, call, kPageMax, layer_of(call).prefix());
}

Result<Json> list_layers(Lambda& lambda, const Call& call) {
  std::set<std::string> names;
  for (const Json& document : storage::list_documents(
           lambda.context.store, storage::document_key({"lambda", call.caller.account, call.caller.region, "layer"})))
    names.insert(text_of(document, "name"));
  std::vector<std::pair<std::string, Json>> items;
  for (const std::string& name : names) {
    auto versions = versions_of(lambda.context.store, {call.caller.account, call.caller.region, name, 0}, call.input);
    if (versions.empty()) continue;
    const auto& [ref, document] = versions.front();
    items.emplace_back(
        name,
        Json{{"LayerName", name}, {"LayerArn", ref.arn()}, {"LatestMatchingVersion", version_view(ref, document)}});
  }
  return page_of("Layers", items, call, kPageMax);
}

/// Functions that have the layer keep it, so its package stays until none of them needs it (then the next start
/// removes it). Deleting a version that isn't there succeeds.
Result<Json> remove(Lambda& lambda, const Call& call) {
  LayerRef ref = layer_of(call);
  TRY_VOID(lambda.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    txn.erase(storage::Family::meta, ref.key());
    return {};
  }));
  return Json();
}

Result<Json> add_permission(Lambda& lambda, const Call& call) {
  LayerRef ref = layer_of(call);
  const Json& input = call.input;
  std::string sid = text_of(input, "StatementId");
  Json statement = {{"Sid", sid}, {"Effect", "Allow"}};
  TRY(statement["Principal"], principal_element(text_of(input, "Principal")));
  statement["Action"] = text_of(input, "Action");
  statement["Resource"] = ref.version_arn();
  if (auto organization = optional_text(input, "OrganizationId"))
    statement["Condition"]["StringEquals"]["aws:PrincipalOrgID"] = *organization;
  return lambda.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    auto found = storage::get_document(txn, ref.key());
    if (!found) return errors::not_found("Layer version " + ref.version_arn() + " does not exist.");
    auto revision = optional_text(input, "RevisionId");
    if (revision && *revision != text_of(*found, "policy_revision")) return errors::stale_revision("GetLayerPolicy");
    if (has_statement(*found, sid))
      return errors::conflict(
          "The statement id (" + sid +
          ") provided already exists. Please provide a new statement id, or remove the existing statement.");
    if (!find(*found, "statements")) (*found)["statements"] = Json::array();
    (*found)["statements"].push_back(statement);
    (*found)["policy_revision"] = lambda.context.random.uuid();
    storage::put_document(txn, ref.key(), *found);
    return Json{{"Statement", to_text(statement)}, {"RevisionId", text_of(*found, "policy_revision")}};
  });
}

/// What the policies' operations say of a layer version that isn't there.
Result<Json> load_policy_holder(const storage::Reader& reader, const LayerRef& ref) {
  auto document = storage::get_document(reader, ref.key());
  if (!document) return errors::not_found("Layer version " + ref.version_arn() + " does not exist.");
  return std::move(*document);
}

Result<Json> get_policy(Lambda& lambda, const Call& call) {
  TRY(Json document, load_policy_holder(lambda.context.store, layer_of(call)));
  std::string policy = policy_text(document);
  if (policy.empty()) return errors::not_found("No policy is associated with the given resource.");
  return Json{{"Policy", policy}, {"RevisionId", text_of(document, "policy_revision")}};
}

Result<Json> remove_permission(Lambda& lambda, const Call& call) {
  LayerRef ref = layer_of(call);
  std::string sid = text_of(call.input, "StatementId");
  return lambda.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY(Json document, load_policy_holder(txn, ref));
    if (policy_text(document).empty()) return errors::not_found("No policy is associated with the given resource.");
    auto revision = optional_text(call.input, "RevisionId");
    if (revision && *revision != text_of(document, "policy_revision")) return errors::stale_revision("GetLayerPolicy");
    if (!has_statement(document, sid))
      return errors::not_found("Statement " + sid + " is not found in resource policy.");
    Json kept = Json::array();
    for (const Json& statement : document["statements"]) {
      if (text_of(statement, "Sid") != sid) kept.push_back(statement);
    }
    document["statements"] = std::move(kept);
    document["policy_revision"] = lambda.context.random.uuid();
    storage::put_document(txn, ref.key(), document);
    return Json();
  });
}

Shape name_shape() {
  return string().length(1, 140).pattern(
      R"((arn:(aws[a-zA-Z-]*)?:lambda:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}):\d{12}:layer:[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+)");
}

std::vector<Member> listing_members() {
  std::vector<Member> members = {optional("CompatibleRuntime", string().one_of(layer_runtime_names())),
                                 optional("CompatibleArchitecture", string().one_of({"x86_64", "arm64"}))};
  for (Member& member : paging_members(50)) members.push_back(std::move(member));
  return members;
}

std::vector<RestParameter> listing_parameters() {
  return paging_parameters(
      {{"CompatibleRuntime", "CompatibleRuntime"}, {"CompatibleArchitecture", "CompatibleArchitecture"}});
}

const Shape& version_shape() {
  static const Shape input = structure({required("LayerName", name_shape()), required("VersionNumber", any())});
  return input;
}

constexpr const char* kVersions = "/2018-10-31/layers/{LayerName}/versions";
constexpr const char* kVersion = "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}";
constexpr const char* kPolicy = "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy";

}  // namespace

Operation publish_layer_version(Lambda& lambda) {
  static const Shape input = structure(
      {required("LayerName", name_shape()), optional("Description", string().length(0, 256)),
       required("Content", structure(code_members())),
       optional("CompatibleRuntimes", list(string().one_of(layer_runtime_names())).length(0, 15).report_on_whole()),
       optional("LicenseInfo", string().length(-1, 512)),
       optional("CompatibleArchitectures", list(string().one_of({"x86_64", "arm64"})).length(0, 2).report_on_whole())});
  auto own_need = on_layer(lambda, "lambda:PublishLayerVersion");
  return {.name = "PublishLayerVersion",
          .input = &input,
          .rest = {{"POST", kVersions, 201}},
          .access = [own_need](const Call& call) -> Result<AccessNeeds> {
            TRY(AccessNeeds needs, own_need(call));
            if (const Json* content = find(call.input, "Content")) add_code_needs(*content, needs);
            return needs;
          },
          .handle = JsonHandler([&lambda](Call& call) { return publish(lambda, call); })};
}

Operation get_layer_version(Lambda& lambda) {
  return {.name = "GetLayerVersion",
          .input = &version_shape(),
          .rest = {{"GET", kVersion}},
          .access = on_layer(lambda, "lambda:GetLayerVersion"),
          .handle = JsonHandler([&lambda](Call& call) { return get(lambda, call, layer_of(call)); })};
}

Operation list_layers(Lambda& lambda) {
  static const Shape input = structure(listing_members());
  std::vector<RestParameter> parameters = listing_parameters();
  parameters.push_back({"find", "find"});
  parameters.push_back({"Arn", "Arn"});
  // GetLayerVersionByArn shares the path: `?find=LayerVersion&Arn=...`.
  return {.name = "ListLayers",
          .input = &input,
          .rest = {{"GET", "/2018-10-31/layers", 200, parameters}},
          .access = [on_arn = on_layer(lambda, "lambda:GetLayerVersion")](const Call& call) -> Result<AccessNeeds> {
            if (find(call.input, "Arn")) return on_arn(call);
            return AccessNeeds{{"lambda:ListLayers", "*"}};
          },
          .handle = JsonHandler([&lambda](Call& call) -> Result<Json> {
            if (text_of(call.input, "find") != "LayerVersion") return list_layers(lambda, call);
            static const Shape by_arn =
                structure({required("Arn", string().length(1, 2048).pattern(kLayerVersionPattern))});
            if (InputError wrong = check_input(by_arn, call.input)) return AwsError(errors::validation, wrong.message);
            return get(lambda, call, parse_layer(text_of(call.input, "Arn"), call.caller.account, call.caller.region));
          })};
}

Operation list_layer_versions(Lambda& lambda) {
  static const Shape input = [] {
    std::vector<Member> members = {required("LayerName", name_shape())};
    for (Member& member : listing_members()) members.push_back(std::move(member));
    return structure(std::move(members));
  }();
  return {.name = "ListLayerVersions",
          .input = &input,
          .rest = {{"GET", kVersions, 200, listing_parameters()}},
          .access = on_layer(lambda, "lambda:ListLayerVersions"),
          .handle = JsonHandler([&lambda](Call& call) { return list_versions(lambda, call); })};
}

Operation delete_layer_version(Lambda& lambda) {
  return {.name = "DeleteLayerVersion",
          .input = &version_shape(),
          .rest = {{"DELETE", kVersion, 204}},
          .access = on_layer(lambda, "lambda:DeleteLayerVersion"),
          .handle = JsonHandler([&lambda](Call& call) { return remove(lambda, call); })};
}

Operation add_layer_version_permission(Lambda& lambda) {
  static const Shape input =
      structure({required("LayerName", name_shape()), required("VersionNumber", any()),
                 required("StatementId", string().length(1, 100).pattern("([a-zA-Z0-9-_]+)")),
                 required("Action", string().length(-1, 22).pattern("lambda:GetLayerVersion")),
                 required("Principal", string().pattern(R"(\d{12}|\*|arn:(aws[a-zA-Z-]*):iam::\d{12}:root)")),
                 optional("OrganizationId", string().length(-1, 34).pattern("o-[a-z0-9]{10,32}"))});
  return {.name = "AddLayerVersionPermission",
          .input = &input,
          .rest = {{"POST", kPolicy, 201, {{"RevisionId", "RevisionId"}}}},
          .access = on_layer(lambda, "lambda:AddLayerVersionPermission"),
          .handle = JsonHandler([&lambda](Call& call) { return add_permission(lambda, call); })};
}

Operation get_layer_version_policy(Lambda& lambda) {
  return {.name = "GetLayerVersionPolicy",
          .input = &version_shape(),
          .rest = {{"GET", kPolicy}},
          .access = on_layer(lambda, "lambda:GetLayerVersionPolicy"),
          .handle = JsonHandler([&lambda](Call& call) { return get_policy(lambda, call); })};
}

Operation remove_layer_version_permission(Lambda& lambda) {
  static const Shape input = structure({required("LayerName", name_shape()), required("VersionNumber", any()),
                                        required("StatementId", string().length(1, 100).pattern("([a-zA-Z0-9-_]+)"))});
  return {.name = "RemoveLayerVersionPermission",
          .input = &input,
          .rest = {{"DELETE",
                    "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy/{StatementId}",
                    204,
                    {{"RevisionId", "RevisionId"}}}},
          .access = on_layer(lambda, "lambda:RemoveLayerVersionPermission"),
          .handle = JsonHandler([&lambda](Call& call) { return remove_permission(lambda, call); })};
}

}  // namespace millrace::lambda
