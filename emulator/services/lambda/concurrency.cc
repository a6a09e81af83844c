// Reserved concurrency.

#include "emulator/services/lambda/async_invocations.h"
#include "emulator/services/lambda/errors.h"
#include "emulator/services/lambda/operations.h"

namespace millrace::lambda {

using namespace protocol;

namespace {

constexpr int64_t kAccountConcurrency = 1000;  // [AWS default]
constexpr int64_t kUnreservedMin = 100;        // what reservations must leave [AWS quota]

int64_t reserved_by_others(const storage::Reader& reader, const FunctionRef& ref) {
  int64_t sum = 0;
  for (const Json& document : storage::list_documents(reader, functions_prefix(ref.account, ref.region))) {
    if (text_of(document.at("config"), "FunctionName") != ref.name) sum += int_of(document, "reserved");
  }
  return sum;
}

/// PutFunctionConcurrency says `:$LATEST` of a function that isn't there [rec].
AwsError not_found(FunctionRef ref) {
  ref.qualifier = kLatest;
  return function_not_found(ref);
}

Result<Json> put_reserved(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, whole_function_of(call));
  int64_t wanted = int_of(call.input, "ReservedConcurrentExecutions");
  auto put = lambda.change_function(ref, [&](storage::Txn& txn) -> Result<Json> {
    auto document = load_function(txn, ref, lambda.now());
    if (document.has_error()) return not_found(ref);
    if (kAccountConcurrency - reserved_by_others(txn, ref) - wanted < kUnreservedMin)  // without Type [rec]
      return AwsError(errors::invalid_parameter,
                      "Specified ReservedConcurrentExecutions for function decreases account's "
                      "UnreservedConcurrentExecution below its minimum "
                      "value of [" +
                          std::to_string(kUnreservedMin) + "].");
    int64_t provisioned = 0;
    for (const Json& config : storage::list_documents(txn, parts_prefix(ref, "provisioned")))
      provisioned += int_of(config, "requested");
    if (wanted < provisioned)  // the blanks are AWS's [rec]
      return AwsError(errors::invalid_parameter,
                      " ReservedConcurrentExecutions  " + std::to_string(wanted) +
                          " should not be lower than function's total provisioned concurrency [" +
                          std::to_string(provisioned) + "].");
    (*document)["reserved"] = wanted;
    storage::put_document(txn, function_key(ref), *document);
    return Json{{"ReservedConcurrentExecutions", wanted}};
  });
  lambda.async->capacity_changed(ref);
  return put;
}

Result<Json> get_reserved(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, whole_function_of(call));
  TRY(Json document, load_function(lambda.context.store, ref, lambda.now()));
  Json out = Json::object();
  if (auto reserved = optional_int(document, "reserved")) out["ReservedConcurrentExecutions"] = *reserved;
  return out;
}

Result<Json> delete_reserved(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, whole_function_of(call));
  auto removed = lambda.change_function(ref, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json document, load_function(txn, ref, lambda.now()));
    document.erase("reserved");
    storage::put_document(txn, function_key(ref), document);
    return Json();
  });
  lambda.async->capacity_changed(ref);
  return removed;
}

const Shape& function_shape() {
  static const Shape input = structure({short_function_name_member()});
  return input;
}

}  // namespace

Operation put_function_concurrency(Lambda& lambda) {
  static const Shape input =
      structure({short_function_name_member(), required("ReservedConcurrentExecutions", integer().at_least(0))});
  return {.name = "PutFunctionConcurrency",
          .input = &input,
          .rest = {{"PUT", "/2017-10-31/functions/{FunctionName}/concurrency"}},
          .access = on_function(lambda, "lambda:PutFunctionConcurrency"),
          .handle = JsonHandler([&lambda](Call& call) { return put_reserved(lambda, call); })};
}

Operation get_function_concurrency(Lambda& lambda) {
  return {.name = "GetFunctionConcurrency",
          .input = &function_shape(),
          .rest = {{"GET", "/2019-09-30/functions/{FunctionName}/concurrency"}},
          .access = on_function(lambda, "lambda:GetFunctionConcurrency"),
          .handle = JsonHandler([&lambda](Call& call) { return get_reserved(lambda, call); })};
}

Operation delete_function_concurrency(Lambda& lambda) {
  return {.name = "DeleteFunctionConcurrency",
          .input = &function_shape(),
          .rest = {{"DELETE", "/2017-10-31/functions/{FunctionName}/concurrency", 204}},
          .access = on_function(lambda, "lambda:DeleteFunctionConcurrency"),
          .handle = JsonHandler([&lambda](Call& call) { return delete_reserved(lambda, call); })};
}

}  // namespace millrace::lambda
