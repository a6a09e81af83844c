#include "emulator/services/lambda/code_signing.h"
#include "emulator/services/lambda/errors.h"
#include "emulator/services/lambda/function_code.h"
#include "emulator/services/lambda/function_settings.h"
#include "emulator/services/lambda/layers.h"
#include "emulator/services/lambda/mappings.h"
#include "emulator/services/lambda/operations.h"
#include "emulator/services/lambda/tags.h"
#include "emulator/services/lambda/variables.h"
#include "emulator/services/lambda/versions.h"

namespace millrace::lambda {

using namespace protocol;

namespace {

constexpr size_t kNameMax = 64;

Shape input_shape() {
  std::vector<Member> members = {required("FunctionName", new_function_name_shape())};
  for (Member& member : settings_members(true)) members.push_back(std::move(member));
  members.push_back(required("Code", structure(code_members())));
  members.push_back(optional("Publish", boolean()));
  members.push_back(optional("PackageType", string().one_of({"Image", "Zip"})));
  members.push_back(
      optional("Architectures", list(string().one_of({"x86_64", "arm64"})).length(1, 1).report_on_whole()));
  members.push_back(optional("Tags", map(string())));
  members.push_back(
      optional("TenancyConfig", structure({required("TenantIsolationMode", string().one_of({"PER_TENANT"}))})));
  members.push_back(publish_to_member());
  members.push_back(optional("CodeSigningConfigArn", code_signing_arn_shape()));
  return structure(std::move(members));
}

Result<AccessNeeds> needs_of(Lambda& lambda, const Call& call) {
  FunctionRef ref = parse_function_name(text_of(call.input, "FunctionName"), call.caller.account, call.caller.region);
  AccessNeeds needs{{"lambda:CreateFunction", ref.arn()}};
  add_pass_role_need(text_of(call.input, "Role"), call.caller.account, needs);
  TRY_VOID(add_layer_needs(lambda, call, needs));
  if (const Json* code = find(call.input, "Code")) add_code_needs(*code, needs);
  return needs;
}

Result<void> check_package(const Json& input) {
  if (text_of(input, "PackageType", "Zip") == "Image")
    return AwsError(errors::not_implemented,
                    "Functions from container images (PackageType Image) are not implemented.");
  if (!find(input, "Runtime") || !find(input, "Handler"))
    return errors::invalid(
        "Runtime and Handler are mandatory parameters for functions created with deployment packages.");
  return {};
}

Result<Json> new_document(Lambda& lambda, const Call& call, const FunctionRef& ref) {
  const Json& input = call.input;
  Json document = {{"config", Json::object()}, {"code", Json::object()}, {"version", kLatest}, {"next_version", 1}};
  TRY_VOID(apply_settings(lambda, ref, input, document));
  document["config"]["FunctionName"] = ref.name;
  document["config"]["PackageType"] = "Zip";
  for (const char* member : {"Architectures", "TenancyConfig"}) {
    if (const Json* value = find(input, member)) document["config"][member] = *value;
  }
  const Json* snap_start = find(input, "SnapStart");
  if (find(input, "TenancyConfig") && snap_start && text_of(*snap_start, "ApplyOn") == "PublishedVersions")
    return errors::not_with_tenants("SnapStart");
  if (auto signing = optional_text(input, "CodeSigningConfigArn"); signing && !signing->empty()) {
    TRY_VOID(check_code_signing_config(lambda.context.store, *signing));
    document["code_signing"] = *signing;
  }
  if (const Json* tags = find(input, "Tags")) {
    TRY_VOID(check_tags(*tags));
    document["tags"] = *tags;
  }
  TRY_VOID(check_role(lambda, ref, document["config"]));
  TRY_VOID(seal_variables(lambda, call, ref, document));
  if (storage::get_document(lambda.context.store, function_key(ref)))
    return errors::conflict("Function already exist: " + ref.name);
  TRY(document["code"],
      take_code(lambda, call, input.at("Code"), static_cast<uint64_t>(int_of(document, "layers_unzipped"))));
  return document;
}

Result<Json> handle(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, whole_function_of(call));
  if (ref.name.size() > kNameMax)
    return errors::invalid(validation_message({violation(text_of(call.input, "FunctionName"), "functionName",
                                                         "Member must have length less than or equal to 64")}));
  if (ref.account != call.caller.account) return AwsError(errors::access_denied, "");
  TRY_VOID(check_package(call.input));
  TRY(Json document, new_document(lambda, call, ref));
  if (lambda.ports.expect_python && text_of(call.input, "Runtime").starts_with("python")) lambda.ports.expect_python();
  begin_change(document, "create", lambda.now(), lambda.change_takes_ms(), lambda.context.random);

  bool publish = bool_of(call.input, "Publish");
  Json code = document["code"];
  auto created = lambda.change_function(ref, [&](storage::Txn& txn) -> Result<Json> {
    if (storage::get_document(txn, function_key(ref))) return errors::conflict("Function already exist: " + ref.name);
    Json shown = publish ? publish_document(txn, ref, document, "", lambda.context.random) : document;
    storage::put_document(txn, function_key(ref), document);
    return shown;
  });
  if (created.has_error()) {
    release_code(lambda, ref, code);
    return std::move(created).error();
  }
  refresh_mappings_of(lambda, ref);
  // AWS shows a version just published at creation with the function's unqualified ARN, still Pending.
  if (!find(*created, "change")) (*created)["change"] = document["change"];
  return shown_configuration(lambda, call, *created, ref, {});
}

}  // namespace

Operation create_function(Lambda& lambda) {
  static const Shape input = input_shape();
  return {.name = "CreateFunction",
          .input = &input,
          .rest = {{"POST", "/2015-03-31/functions", 201}},
          .access = [&lambda](const Call& call) -> Result<AccessNeeds> { return needs_of(lambda, call); },
          .handle = JsonHandler([&lambda](Call& call) { return handle(lambda, call); })};
}

}  // namespace millrace::lambda
