#include "emulator/services/lambda/provisioned_concurrency.h"

#include "emulator/base/arn.h"
#include "emulator/services/lambda/async_invocations.h"
#include "emulator/services/lambda/errors.h"
#include "emulator/services/lambda/operations.h"

namespace millrace::lambda {

using namespace protocol;

namespace {

constexpr int64_t kAccountConcurrency = 1000;  // [AWS default]
constexpr int64_t kUnreservedMin = 100;        // what reservations must leave [AWS quota]
constexpr size_t kPageMax = 50;

std::string config_key(const FunctionRef& ref) {
  return part_key(ref, "provisioned", ref.qualifier);
}

void refresh_one(Lambda& lambda, const FunctionRef& ref) {
  auto config = storage::get_document(lambda.context.store, config_key(ref));
  if (!config) return lambda.ports.provision(ref.qualified_arn(), nullptr, 0);
  auto version = load_qualified(lambda.context.store, ref, lambda.now());  // an alias's main version
  if (version.has_error()) return;
  FunctionRef exact = ref;
  exact.qualifier = text_of(*version, "version");
  auto resolved = lambda.functions.resolve(exact);
  if (resolved.has_value())
    lambda.ports.provision(ref.qualified_arn(), *resolved, static_cast<int>(int_of(*config, "requested")));
}

/// How far the pool has come. READY once all that it keeps are initialised; what is beyond the pool's bound starts on
/// demand, in milliseconds, and is shown as allocated too.
Json view(Lambda& lambda, const FunctionRef& ref, const Json& config) {
  int64_t wanted = int_of(config, "requested");
  ProvisionedState state =
      lambda.ports.provisioned ? lambda.ports.provisioned(ref.qualified_arn()) : ProvisionedState{0, 0, 0};
  bool failed = state.failed > 0;
  bool ready = !failed && state.kept >= 0 && state.ready >= state.kept;
  int64_t shown = ready ? wanted : state.ready;
  std::string modified = iso_millis(int_of(config, "modified_ms"));
  modified.pop_back();
  Json out = {{"RequestedProvisionedConcurrentExecutions", wanted},
              {"AvailableProvisionedConcurrentExecutions", shown},
              {"AllocatedProvisionedConcurrentExecutions", shown},
              {"Status", failed  ? "FAILED"
                         : ready ? "READY"
                                 : "IN_PROGRESS"}};
  if (failed) out["StatusReason"] = "FUNCTION_ERROR_INIT_FAILURE";  // unverified: the words
  out["LastModified"] = modified + "+0000";
  return out;
}

AwsError not_configured() {
  return {errors::provisioned_config_not_found, "No Provisioned Concurrency Config found for this function",
          errors::user_fault()};
}

/// `for_latest` is what AWS says of $LATEST.
Result<FunctionRef> target_of(Lambda& lambda, const Call& call, const char* for_latest) {
  TRY(FunctionRef ref, function_of(call));
  if (ref.qualifier == kLatest) return errors::invalid(for_latest);
  auto found = load_qualified(lambda.context.store, ref, lambda.now());
  if (found.has_error()) return qualified_not_found(lambda.context.store, ref);
  return ref;
}

constexpr const char* kNotUnpublished =
    "Provisioned Concurrency Configs cannot be applied to unpublished function versions.";
constexpr const char* kMustBePublished = "The function resource provided must be an alias or a published version.";

/// A version and an alias that leads to it can't both be provisioned; nor can an alias with weights.
Result<void> check_alias(const storage::Reader& reader, const FunctionRef& ref) {
  if (is_version_number(ref.qualifier)) {
    for (const Alias& alias : storage::list_models<Alias>(reader, parts_prefix(ref, "alias"))) {
      FunctionRef other = ref;
      other.qualifier = alias.name;
      if (alias.function_version == ref.qualifier && storage::get_document(reader, config_key(other)))
        return errors::conflict("Version is pointed by a Provisioned Concurrency alias");  // unverified: the words
    }
    return {};
  }
  auto alias = load_alias(reader, ref, ref.qualifier);
  if (!alias) return qualified_not_found(reader, ref);
  if (alias->function_version == kLatest)
    return errors::invalid("Provisioned Concurrency Configs cannot be applied to unpublished function versions.");
  if (alias->routing) return errors::invalid("Alias with weights can not be used with Provisioned Concurrency");
  FunctionRef version = ref;
  version.qualifier = alias->function_version;
  if (storage::get_document(reader, config_key(version)))  // unverified: the words
    return errors::conflict(
        "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version");
  return {};
}

Result<void> check_snap_start(const storage::Reader& reader, const FunctionRef& ref, Millis now) {
  TRY(Json version, load_qualified(reader, ref, now));
  const Json* snap_start = find(version.at("config"), "SnapStart");
  if (snap_start && text_of(*snap_start, "ApplyOn") == "PublishedVersions")  // unverified: the words
    return errors::invalid("Provisioned Concurrency is not supported for SnapStart enabled functions.");
  if (find(version.at("config"), "TenancyConfig")) return errors::not_with_tenants("Provisioned Concurrency");
  return {};
}

int64_t reserved_by_all(const storage::Reader& reader, const FunctionRef& ref) {
  int64_t sum = 0;
  for (const Json& document : storage::list_documents(reader, functions_prefix(ref.account, ref.region)))
    sum += int_of(document, "reserved");
  return sum;
}

int64_t provisioned_by_others(const storage::Reader& reader, const FunctionRef& ref) {
  int64_t sum = 0;
  for (const Json& config : storage::list_documents(reader, parts_prefix(ref, "provisioned"))) {
    if (text_of(config, "qualifier") != ref.qualifier) sum += int_of(config, "requested");
  }
  return sum;
}

Result<Json> put(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, target_of(lambda, call, kNotUnpublished));
  int64_t wanted = int_of(call.input, "ProvisionedConcurrentExecutions");
  TRY(Json shown, lambda.change_function(ref, [&](storage::Txn& txn) -> Result<Json> {
    TRY(Json function, load_function(txn, {ref.account, ref.region, ref.name, ""}, lambda.now()));
    TRY_VOID(check_alias(txn, ref));
    TRY_VOID(check_snap_start(txn, ref, lambda.now()));
    int64_t others = provisioned_by_others(txn, ref);
    int64_t unreserved = kAccountConcurrency - reserved_by_all(txn, ref);
    if (!find(function, "reserved") && wanted + others > unreserved)
      return AwsError(errors::invalid_parameter,
                      "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [" +
                          std::to_string(unreserved) + "].");
    int64_t limit = int_of(function, "reserved", unreserved - kUnreservedMin);
    if (wanted + others > limit)
      return AwsError(errors::invalid_parameter, find(function, "reserved")
                                                     ? "Requested Provisioned Concurrency should not be greater than "
                                                       "the reservedConcurrentExecution for function"
                                                     : "Specified ConcurrentExecutions for function decreases "
                                                       "account's UnreservedConcurrentExecution below its "
                                                       "minimum value of [" +
                                                           std::to_string(kUnreservedMin) + "].");
    Json config = {
        {"requested", wanted}, {"modified_ms", lambda.now()}, {"qualifier", ref.qualifier}, {"function", ref.arn()}};
    storage::put_document(txn, config_key(ref), config);
    Json out = view(lambda, ref, config);
    out["AvailableProvisionedConcurrentExecutions"] = 0;
    out["AllocatedProvisionedConcurrentExecutions"] = 0;
    out["Status"] = "IN_PROGRESS";
    out.erase("StatusReason");
    return out;
  }));
  // Before the answer, so that the first look can't find READY from before.
  if (lambda.ports.provision) refresh_one(lambda, ref);
  lambda.async->capacity_changed(ref);
  return shown;
}

Result<Json> get(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, target_of(lambda, call, kMustBePublished));
  auto config = storage::get_document(lambda.context.store, config_key(ref));
  if (!config) return not_configured();
  return view(lambda, ref, *config);
}

Result<Json> list(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, whole_function_of(call));
  TRY_VOID(load_function(lambda.context.store, ref, lambda.now()));
  std::vector<std::pair<std::string, Json>> items;
  for (const Json& config : storage::list_documents(lambda.context.store, parts_prefix(ref, "provisioned"))) {
    FunctionRef one = ref;
    one.qualifier = text_of(config, "qualifier");
    Json shown = {{"FunctionArn", one.qualified_arn()}};
    shown.update(view(lambda, one, config));
    items.emplace_back(one.qualifier, std::move(shown));
  }
  return page_of("ProvisionedConcurrencyConfigs", items, call, kPageMax, ref.arn());
}

Result<Json> remove(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, target_of(lambda, call, kMustBePublished));
  auto removed = lambda.change_function(ref, [&](storage::Txn& txn) -> Result<Json> {
    txn.erase(storage::Family::meta, config_key(ref));
    return Json();
  });
  if (lambda.ports.provision) refresh_one(lambda, ref);
  lambda.async->capacity_changed(ref);
  return removed;
}

const Shape& list_input() {
  static const Shape input = list_shape(short_function_name_member(), kPageMax);
  return input;
}

const Shape& qualified_shape() {
  static const Shape input = structure({required("Qualifier", qualifier_shape()), short_function_name_member()});
  return input;
}

constexpr const char* kPath = "/2019-09-30/functions/{FunctionName}/provisioned-concurrency";

}  // namespace

void refresh_provisioned(Lambda& lambda, const FunctionRef& function) {
  if (!lambda.ports.provision) return;
  // Unpacking may block.
  lambda.functions.background().post([&lambda, function] {
    for (const Json& config : storage::list_documents(lambda.context.store, parts_prefix(function, "provisioned"))) {
      FunctionRef one = function;
      one.qualifier = text_of(config, "qualifier");
      refresh_one(lambda, one);
    }
  });
}

void refresh_all_provisioned(Lambda& lambda) {
  if (!lambda.ports.provision) return;
  for (const Json& document : storage::list_documents(lambda.context.store, storage::document_key({"lambda"}))) {
    std::string function = find(document, "requested") ? text_of(document, "function") : "";
    if (!function.empty()) refresh_provisioned(lambda, parse_function_name(function, "", ""));
  }
}

Operation put_provisioned_concurrency_config(Lambda& lambda) {
  static const Shape input = structure({required("Qualifier", qualifier_shape()), short_function_name_member(),
                                        required("ProvisionedConcurrentExecutions", integer().at_least(1))});
  return {.name = "PutProvisionedConcurrencyConfig",
          .input = &input,
          .rest = {{"PUT", kPath, 202, {{"Qualifier", "Qualifier"}}}},
          .access = on_function(lambda, "lambda:PutProvisionedConcurrencyConfig"),
          .handle = JsonHandler([&lambda](Call& call) { return put(lambda, call); })};
}

Operation get_provisioned_concurrency_config(Lambda& lambda) {
  // `?List=ALL` makes the same path a list.
  return {.name = "GetProvisionedConcurrencyConfig",
          .rest = {{"GET", kPath, 200, paging_parameters({{"Qualifier", "Qualifier"}, {"List", "List"}})}},
          .access = on_function(lambda, "lambda:GetProvisionedConcurrencyConfig"),
          .handle = JsonHandler([&lambda](Call& call) -> Result<Json> {
            bool all = text_of(call.input, "List") == "ALL";
            if (InputError wrong = check_input(all ? list_input() : qualified_shape(), call.input))
              return AwsError(errors::validation, wrong.message);
            return all ? list(lambda, call) : get(lambda, call);
          })};
}

Operation delete_provisioned_concurrency_config(Lambda& lambda) {
  return {.name = "DeleteProvisionedConcurrencyConfig",
          .input = &qualified_shape(),
          .rest = {{"DELETE", kPath, 204, {{"Qualifier", "Qualifier"}}}},
          .access = on_function(lambda, "lambda:DeleteProvisionedConcurrencyConfig"),
          .handle = JsonHandler([&lambda](Call& call) { return remove(lambda, call); })};
}

}  // namespace millrace::lambda
