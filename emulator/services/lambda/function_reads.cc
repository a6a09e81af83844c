// Settings that most functions never have: recursion, runtime management, scaling; and the account's figures. Kept and
// returned; the code that runs isn't updated or scaled by them.

#include "emulator/base/arn.h"
#include "emulator/services/lambda/errors.h"
#include "emulator/services/lambda/operations.h"

namespace millrace::lambda {

using namespace protocol;

namespace {

const Shape& function_shape() {
  static const Shape input = structure({qualifier_member(), function_name_member()});
  return input;
}

const Shape& own_shape() {
  static const Shape input = structure({qualifier_member(), short_function_name_member()});
  return input;
}

/// Changes $LATEST's document by `edit(document)` and answers with what that returns.
template <class Edit>
Result<Json> edit_function(Lambda& lambda, const Call& call, Edit edit) {
  TRY(FunctionRef ref, whole_function_of(call));
  return lambda.change_function(ref, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json document, load_function(txn, ref, lambda.now()));
    Json shown = edit(document, ref);
    storage::put_document(txn, function_key(ref), document);
    return shown;
  });
}

Json runtime_view(const Json& document, const FunctionRef& ref) {
  const Json* settings = find(document, "runtime_management");
  Json out = {{"UpdateRuntimeOn", settings ? text_of(*settings, "UpdateRuntimeOn", "Auto") : "Auto"}};
  if (settings && find(*settings, "RuntimeVersionArn"))
    out["RuntimeVersionArn"] = text_of(*settings, "RuntimeVersionArn");
  out["FunctionArn"] = ref.qualified_arn();
  return out;
}

std::string scaling_key(const FunctionRef& ref) {
  return part_key(ref, "scaling", ref.qualifier);
}

Result<Json> account_settings(Lambda& lambda, const Call& call) {
  int64_t size = 0, functions = 0, reserved = 0;
  const storage::Reader& store = lambda.context.store;
  for (const Json& document :
       storage::list_documents(store, functions_prefix(call.caller.account, call.caller.region))) {
    ++functions;
    size += int_of(document.at("code"), "size");
    reserved += int_of(document, "reserved");
  }
  for (const char* kind : {"version", "layer"}) {
    for (const Json& document : storage::list_documents(
             store, storage::document_key({"lambda", call.caller.account, call.caller.region, kind})))
      size += int_of(document.at("code"), "size");
  }
  return Json{{"AccountLimit",
               {{"TotalCodeSize", 80'530'636'800},
                {"CodeSizeUnzipped", 262'144'000},
                {"CodeSizeZipped", 52'428'800},
                {"ConcurrentExecutions", 1000},
                {"UnreservedConcurrentExecutions", 1000 - reserved}}},
              {"AccountUsage", {{"TotalCodeSize", size}, {"FunctionCount", functions}}}};
}

constexpr const char* kRecursion = "/2024-08-31/functions/{FunctionName}/recursion-config";
constexpr const char* kRuntime = "/2021-07-20/functions/{FunctionName}/runtime-management-config";
constexpr const char* kScaling = "/2025-11-30/functions/{FunctionName}/function-scaling-config";

}  // namespace

Operation get_account_settings(Lambda& lambda) {
  return {.name = "GetAccountSettings",
          .rest = {{"GET", "/2016-08-19/account-settings"}},
          .access = on_everything("lambda:GetAccountSettings"),
          .handle = JsonHandler([&lambda](Call& call) { return account_settings(lambda, call); })};
}

Operation get_function_recursion_config(Lambda& lambda) {
  return {.name = "GetFunctionRecursionConfig",
          .input = &own_shape(),
          .rest = {{"GET", kRecursion}},
          .access = on_function(lambda, "lambda:GetFunctionRecursionConfig"),
          .handle = JsonHandler([&lambda](Call& call) -> Result<Json> {
            TRY(FunctionRef ref, function_of(call));
            TRY(Json document, load_function(lambda.context.store, ref, lambda.now()));
            return Json{{"RecursiveLoop", text_of(document, "recursive_loop", "Terminate")}};
          })};
}

Operation put_function_recursion_config(Lambda& lambda) {
  static const Shape input =
      structure({short_function_name_member(), required("RecursiveLoop", string().one_of({"Terminate", "Allow"}))});
  return {.name = "PutFunctionRecursionConfig",
          .input = &input,
          .rest = {{"PUT", kRecursion}},
          .access = on_function(lambda, "lambda:PutFunctionRecursionConfig"),
          .handle = JsonHandler([&lambda](Call& call) -> Result<Json> {
            std::string value = text_of(call.input, "RecursiveLoop");
            return edit_function(lambda, call, [&](Json& document, const FunctionRef&) {
              document["recursive_loop"] = value;
              return Json{{"RecursiveLoop", value}};
            });
          })};
}

Operation get_runtime_management_config(Lambda& lambda) {
  return {.name = "GetRuntimeManagementConfig",
          .input = &function_shape(),
          .rest = {{"GET", kRuntime, 200, {{"Qualifier", "Qualifier"}}}},
          .access = on_function(lambda, "lambda:GetRuntimeManagementConfig"),
          .handle = JsonHandler([&lambda](Call& call) -> Result<Json> {
            TRY(FunctionRef ref, function_of(call));
            TRY(Json document, load_qualified(lambda.context.store, ref, lambda.now()));
            return runtime_view(document, ref);
          })};
}

Operation put_runtime_management_config(Lambda& lambda) {
  static const Shape input = structure(
      {qualifier_member(), function_name_member(),
       required("UpdateRuntimeOn", string().one_of({"Auto", "Manual", "FunctionUpdate"})),
       optional(
           "RuntimeVersionArn",
           string().length(26, 2048).pattern(
               R"(arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}::runtime:.+)"))});
  return {.name = "PutRuntimeManagementConfig",
          .input = &input,
          .rest = {{"PUT", kRuntime, 200, {{"Qualifier", "Qualifier"}}}},
          .access = on_function(lambda, "lambda:PutRuntimeManagementConfig"),
          .handle = JsonHandler([&lambda](Call& call) -> Result<Json> {
            const Json& given = call.input;
            if (text_of(given, "UpdateRuntimeOn") == "Manual" && !find(given, "RuntimeVersionArn"))
              return errors::invalid(
                  "RuntimeVersionArn is required when UpdateRuntimeOn is set to Manual.");  // unverified: words
            return edit_function(lambda, call, [&](Json& document, const FunctionRef& ref) {
              document["runtime_management"] = {{"UpdateRuntimeOn", text_of(given, "UpdateRuntimeOn")}};
              if (auto arn = optional_text(given, "RuntimeVersionArn"))
                document["runtime_management"]["RuntimeVersionArn"] = *arn;
              return runtime_view(document, ref);
            });
          })};
}

Operation get_function_scaling_config(Lambda& lambda) {
  return {.name = "GetFunctionScalingConfig",
          .input = &own_shape(),
          .rest = {{"GET", kScaling, 200, {{"Qualifier", "Qualifier"}}}},
          .access = on_function(lambda, "lambda:GetFunctionScalingConfig"),
          .handle = JsonHandler([&lambda](Call& call) -> Result<Json> {
            TRY(FunctionRef ref, function_of(call));
            TRY_VOID(load_qualified(lambda.context.store, ref, lambda.now()));
            Json out = {{"FunctionArn", ref.qualified_arn()}};
            // What is asked for is applied at once; `Requested...` is there only until then.
            auto config = storage::get_document(lambda.context.store, scaling_key(ref));
            if (config) out["AppliedFunctionScalingConfig"] = *config;
            return out;
          })};
}

Operation put_function_scaling_config(Lambda& lambda) {
  static const Shape bound = integer().range(0, 15000);
  static const Shape input =
      structure({required("Qualifier", qualifier_shape()), short_function_name_member(),
                 optional("FunctionScalingConfig", structure({optional("MinExecutionEnvironments", bound),
                                                              optional("MaxExecutionEnvironments", bound)}))});
  return {.name = "PutFunctionScalingConfig",
          .input = &input,
          .rest = {{"PUT", kScaling, 202, {{"Qualifier", "Qualifier"}}}},
          .access = on_function(lambda, "lambda:PutFunctionScalingConfig"),
          .handle = JsonHandler([&lambda](Call& call) -> Result<Json> {
            TRY(FunctionRef ref, function_of(call));
            return lambda.change_function(ref, [&](storage::Txn& txn) -> Result<Json> {
              TRY_VOID(load_qualified(txn, ref, lambda.now()));
              const Json* config = find(call.input, "FunctionScalingConfig");
              if (config)
                storage::put_document(txn, scaling_key(ref), *config);
              else
                txn.erase(storage::Family::meta, scaling_key(ref));
              return Json{{"FunctionState", "Active"}};
            });
          })};
}

}  // namespace millrace::lambda
