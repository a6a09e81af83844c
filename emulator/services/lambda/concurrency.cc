// Reserved and provisioned concurrency.

#include "emulator/services/lambda/errors.h"
#include "emulator/services/lambda/operations.h"

namespace millrace::lambda {

using namespace protocol;

namespace {

constexpr int64_t kAccountConcurrency = 1000;  // [AWS default]
constexpr int64_t kUnreservedMin = 100;        // what reservations must leave [AWS quota]
constexpr size_t kPageMax = 50;

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
  TRY(FunctionRef ref, function_of(call));
  ref.qualifier.clear();
  int64_t wanted = int_of(call.input, "ReservedConcurrentExecutions");
  return lambda.change_function(ref, [&](storage::Txn& txn) -> Result<Json> {
    auto document = load_function(txn, ref, lambda.now());
    if (document.has_error()) return not_found(ref);
    if (kAccountConcurrency - reserved_by_others(txn, ref) - wanted < kUnreservedMin)  // without Type [rec]
      return AwsError(errors::invalid_parameter,
                      "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum "
                      "value of [" + std::to_string(kUnreservedMin) + "].");
    (*document)["reserved"] = wanted;
    storage::put_document(txn, function_key(ref), *document);
    return Json{{"ReservedConcurrentExecutions", wanted}};
  });
}

Result<Json> get_reserved(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, function_of(call));
  ref.qualifier.clear();
  TRY(Json document, load_function(lambda.context.store, ref, lambda.now()));
  Json out = Json::object();
  if (auto reserved = optional_int(document, "reserved")) out["ReservedConcurrentExecutions"] = *reserved;
  return out;
}

Result<Json> delete_reserved(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, function_of(call));
  ref.qualifier.clear();
  return lambda.change_function(ref, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json document, load_function(txn, ref, lambda.now()));
    document.erase("reserved");
    storage::put_document(txn, function_key(ref), document);
    return Json();
  });
}

/// Environments aren't kept warm: one more starts in milliseconds. The configuration is kept, READY at once.
Json provisioned_view(const Json& config) {
  int64_t n = int_of(config, "requested");
  std::string modified = iso_millis(int_of(config, "modified_ms"));
  modified.pop_back();
  return {{"RequestedProvisionedConcurrentExecutions", n}, {"AvailableProvisionedConcurrentExecutions", n},
          {"AllocatedProvisionedConcurrentExecutions", n}, {"Status", "READY"}, {"LastModified", modified + "+0000"}};
}

AwsError no_provisioned() {
  return {errors::provisioned_config_not_found, "No Provisioned Concurrency Config found for this function", errors::user_fault()};
}

Result<FunctionRef> provisioned_target(Lambda& lambda, const storage::Reader& reader, const Call& call) {
  TRY(FunctionRef ref, function_of(call));
  if (ref.qualifier == kLatest) return errors::invalid("Provisioned Concurrency Configs cannot be applied to unpublished function versions.");
  auto found = load_qualified(reader, ref, lambda.now());
  if (found.has_error()) return function_not_found(ref);
  return ref;
}

Result<Json> put_provisioned(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, provisioned_target(lambda, lambda.context.store, call));
  int64_t wanted = int_of(call.input, "ProvisionedConcurrentExecutions");
  return lambda.change_function(ref, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json function, load_function(txn, {ref.account, ref.region, ref.name, ""}, lambda.now()));
    int64_t limit = int_of(function, "reserved", kAccountConcurrency - kUnreservedMin);
    if (wanted > limit)
      return AwsError(errors::invalid_parameter, "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function");
    Json config = {{"requested", wanted}, {"modified_ms", lambda.now()}, {"qualifier", ref.qualifier}};
    storage::put_document(txn, part_key(ref, "provisioned", ref.qualifier), config);
    Json shown = provisioned_view(config);
    shown["AvailableProvisionedConcurrentExecutions"] = 0;
    shown["AllocatedProvisionedConcurrentExecutions"] = 0;
    shown["Status"] = "IN_PROGRESS";
    return shown;
  });
}

Result<Json> get_provisioned(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, provisioned_target(lambda, lambda.context.store, call));
  auto config = storage::get_document(lambda.context.store, part_key(ref, "provisioned", ref.qualifier));
  if (!config) return no_provisioned();
  return provisioned_view(*config);
}

Result<Json> list_provisioned(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, function_of(call));
  ref.qualifier.clear();
  TRY_VOID(load_function(lambda.context.store, ref, lambda.now()));
  std::vector<std::pair<std::string, Json>> items;
  for (const Json& config : storage::list_documents(lambda.context.store, parts_prefix(ref, "provisioned"))) {
    FunctionRef one = ref;
    one.qualifier = text_of(config, "qualifier");
    Json shown = {{"FunctionArn", one.qualified_arn()}};
    shown.update(provisioned_view(config));
    items.emplace_back(one.qualifier, std::move(shown));
  }
  return page_of("ProvisionedConcurrencyConfigs", items, call.input, kPageMax);
}

Result<Json> delete_provisioned(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, provisioned_target(lambda, lambda.context.store, call));
  return lambda.change_function(ref, [&](storage::Txn& txn) -> Result<Json> {
    txn.erase(storage::Family::meta, part_key(ref, "provisioned", ref.qualifier));
    return Json();
  });
}

const Shape& function_shape() {
  static const Shape input = structure({function_name_member()});
  return input;
}

const Shape& qualified_shape() {
  static const Shape input = structure({required("Qualifier", qualifier_shape()), function_name_member()});
  return input;
}

constexpr const char* kProvisionedPath = "/2019-09-30/functions/{FunctionName}/provisioned-concurrency";

}  // namespace

Operation put_function_concurrency(Lambda& lambda) {
  static const Shape input = structure({function_name_member(), required("ReservedConcurrentExecutions", integer().at_least(0))});
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

Operation put_provisioned_concurrency_config(Lambda& lambda) {
  static const Shape input = structure({required("Qualifier", qualifier_shape()), function_name_member(),
                                        required("ProvisionedConcurrentExecutions", integer().at_least(1))});
  return {.name = "PutProvisionedConcurrencyConfig",
          .input = &input,
          .rest = {{"PUT", kProvisionedPath, 202, {{"Qualifier", "Qualifier"}}}},
          .access = on_function(lambda, "lambda:PutProvisionedConcurrencyConfig"),
          .handle = JsonHandler([&lambda](Call& call) { return put_provisioned(lambda, call); })};
}

Operation get_provisioned_concurrency_config(Lambda& lambda) {
  // `?List=ALL` makes the same path a list.
  return {.name = "GetProvisionedConcurrencyConfig",
          .input = &function_shape(),
          .rest = {{"GET", kProvisionedPath, 200, paging_parameters({{"Qualifier", "Qualifier"}, {"List", "List"}})}},
          .access = on_function(lambda, "lambda:GetProvisionedConcurrencyConfig"),
          .handle = JsonHandler([&lambda](Call& call) -> Result<Json> {
            if (text_of(call.input, "List") == "ALL") return list_provisioned(lambda, call);
            if (InputError wrong = check_input(qualified_shape(), call.input)) return AwsError(errors::validation, wrong.message);
            return get_provisioned(lambda, call);
          })};
}

Operation delete_provisioned_concurrency_config(Lambda& lambda) {
  return {.name = "DeleteProvisionedConcurrencyConfig",
          .input = &qualified_shape(),
          .rest = {{"DELETE", kProvisionedPath, 204, {{"Qualifier", "Qualifier"}}}},
          .access = on_function(lambda, "lambda:DeleteProvisionedConcurrencyConfig"),
          .handle = JsonHandler([&lambda](Call& call) { return delete_provisioned(lambda, call); })};
}

}  // namespace millrace::lambda
