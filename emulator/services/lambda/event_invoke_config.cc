// What happens to asynchronous invocations: retries, ages, destinations. Documents under
// {"lambda", account, region, "event-invoke", function, qualifier or $LATEST}.

#include "emulator/base/arn.h"
#include "emulator/services/lambda/errors.h"
#include "emulator/services/lambda/operations.h"

namespace millrace::lambda {

using namespace protocol;

namespace {

constexpr size_t kPageMax = 50;

Result<FunctionRef> target_of(const Call& call) {
  TRY(FunctionRef ref, function_of(call));
  if (ref.qualifier.empty()) ref.qualifier = kLatest;
  return ref;
}

std::string key_of(const FunctionRef& ref) {
  return part_key(ref, "event-invoke", ref.qualifier);
}

Json view(const FunctionRef& ref, const Json& config) {
  Json out = {{"LastModified", static_cast<double>(int_of(config, "modified_ms")) / 1000.0},
              {"FunctionArn", ref.qualified_arn()}};
  for (const char* member : {"MaximumRetryAttempts", "MaximumEventAgeInSeconds"}) {
    if (const Json* value = find(config, member)) out[member] = *value;
  }
  Json destinations = config.value("DestinationConfig", Json::object());
  out["DestinationConfig"] = {{"OnSuccess", destinations.value("OnSuccess", Json::object())},
                              {"OnFailure", destinations.value("OnFailure", Json::object())}};
  return out;
}

AwsError missing(const FunctionRef& ref) {
  return errors::not_found("The function " + ref.qualified_arn() + " doesn't have an EventInvokeConfig");
}

Result<void> check_destination(Lambda& lambda, const FunctionRef& ref, const Json& function,
                               const std::string& target) {
  if (target.empty()) return {};
  auto arn = Arn::parse(target);
  bool known = arn && (arn->service == "sqs" || arn->service == "sns" || arn->service == "lambda" ||
                       arn->service == "events" || arn->service == "s3");
  if (!known) return errors::invalid("The destination ARN " + target + " is invalid.");
  std::string role = text_of(function.at("config"), "Role");
  const char* action = arn->service == "sqs"      ? "sqs:SendMessage"
                       : arn->service == "sns"    ? "sns:Publish"
                       : arn->service == "lambda" ? "lambda:InvokeFunction"
                                                  : "";
  if (arn->service == "lambda" && parse_function_name(target, "", "").name == ref.name)
    return errors::invalid("You can't specify the function as a destination for itself.");
  if (*action && !lambda.ports.authority.role_may(role, action, target, {})) {
    // unverified: AWS's words for this.
    std::string name = std::string(action).substr(std::string(action).find(':') + 1);
    return errors::invalid("The function's execution role does not have permissions to call " + name + " on " + target);
  }
  return {};
}

Result<void> check(Lambda& lambda, const FunctionRef& ref, const Json& function, const Json& input) {
  bool any = find(input, "MaximumRetryAttempts") || find(input, "MaximumEventAgeInSeconds") ||
             find(input, "DestinationConfig");
  if (!any) return errors::invalid("You must specify at least one of error handling or destination setting.");
  const Json* destinations = find(input, "DestinationConfig");
  if (!destinations) return {};
  for (const char* which : {"OnSuccess", "OnFailure"}) {
    if (const Json* one = find(*destinations, which))
      TRY_VOID(check_destination(lambda, ref, function, text_of(*one, "Destination")));
  }
  return {};
}

/// `merge`: UpdateFunctionEventInvokeConfig, which keeps what isn't given.
Result<Json> store(Lambda& lambda, const Call& call, bool merge) {
  TRY(FunctionRef ref, target_of(call));
  const Json& input = call.input;
  auto function = load_qualified(lambda.context.store, ref, lambda.now());
  if (function.has_error()) return errors::not_found("The function " + ref.qualified_arn() + " doesn't exist.");
  TRY_VOID(check(lambda, ref, *function, input));
  return lambda.change_function(ref, [&](storage::Txn& txn) -> Result<Json> {
    auto stored = storage::get_document(txn, key_of(ref));
    if (merge && !stored) return missing(ref);
    Json config = merge ? *stored : Json::object();
    for (const char* member : {"MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig"}) {
      if (const Json* value = find(input, member)) config[member] = *value;
    }
    config["qualifier"] = ref.qualifier;
    config["modified_ms"] = lambda.now();
    storage::put_document(txn, key_of(ref), config);
    return view(ref, config);
  });
}

Result<Json> get(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, target_of(call));
  auto config = storage::get_document(lambda.context.store, key_of(ref));
  if (!config) return missing(ref);
  return view(ref, *config);
}

Result<Json> list(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, whole_function_of(call));
  TRY_VOID(load_function(lambda.context.store, ref, lambda.now()));
  std::vector<std::pair<std::string, Json>> items;
  for (const Json& config : storage::list_documents(lambda.context.store, parts_prefix(ref, "event-invoke"))) {
    FunctionRef one = ref;
    one.qualifier = text_of(config, "qualifier");
    items.emplace_back(one.qualifier, view(one, config));
  }
  return page_of("FunctionEventInvokeConfigs", items, call, kPageMax, ref.arn());
}

Result<Json> remove(Lambda& lambda, const Call& call) {
  TRY(FunctionRef ref, target_of(call));
  return lambda.change_function(ref, [&](storage::Txn& txn) -> Result<Json> {
    if (!storage::get_document(txn, key_of(ref))) return missing(ref);
    txn.erase(storage::Family::meta, key_of(ref));
    return Json();
  });
}

const Shape& setting_shape() {
  static const Shape input = [] {
    Shape target = structure({optional("Destination", string().length(0, 350))});
    return structure(
        {qualifier_member(), function_name_member(), optional("MaximumRetryAttempts", integer().range(0, 2)),
         optional("MaximumEventAgeInSeconds", integer().range(60, 21600)),
         optional("DestinationConfig", structure({optional("OnSuccess", target), optional("OnFailure", target)}))});
  }();
  return input;
}

const Shape& list_input() {
  static const Shape input = list_shape(function_name_member(), kPageMax);
  return input;
}

const Shape& naming_shape() {
  static const Shape input = structure({qualifier_member(), function_name_member()});
  return input;
}

constexpr const char* kPath = "/2019-09-25/functions/{FunctionName}/event-invoke-config";

}  // namespace

Operation put_function_event_invoke_config(Lambda& lambda) {
  return {.name = "PutFunctionEventInvokeConfig",
          .input = &setting_shape(),
          .rest = {{"PUT", kPath, 200, {{"Qualifier", "Qualifier"}}}},
          .access = on_function(lambda, "lambda:PutFunctionEventInvokeConfig"),
          .handle = JsonHandler([&lambda](Call& call) { return store(lambda, call, false); })};
}

Operation update_function_event_invoke_config(Lambda& lambda) {
  return {.name = "UpdateFunctionEventInvokeConfig",
          .input = &setting_shape(),
          .rest = {{"POST", kPath, 200, {{"Qualifier", "Qualifier"}}}},
          .access = on_function(lambda, "lambda:UpdateFunctionEventInvokeConfig"),
          .handle = JsonHandler([&lambda](Call& call) { return store(lambda, call, true); })};
}

Operation get_function_event_invoke_config(Lambda& lambda) {
  return {.name = "GetFunctionEventInvokeConfig",
          .input = &naming_shape(),
          .rest = {{"GET", kPath, 200, {{"Qualifier", "Qualifier"}}}},
          .access = on_function(lambda, "lambda:GetFunctionEventInvokeConfig"),
          .handle = JsonHandler([&lambda](Call& call) { return get(lambda, call); })};
}

Operation list_function_event_invoke_configs(Lambda& lambda) {
  return {.name = "ListFunctionEventInvokeConfigs",
          .input = &list_input(),
          .rest = {{"GET", "/2019-09-25/functions/{FunctionName}/event-invoke-config/list", 200, paging_parameters()}},
          .access = on_function(lambda, "lambda:ListFunctionEventInvokeConfigs"),
          .handle = JsonHandler([&lambda](Call& call) { return list(lambda, call); })};
}

Operation delete_function_event_invoke_config(Lambda& lambda) {
  return {.name = "DeleteFunctionEventInvokeConfig",
          .input = &naming_shape(),
          .rest = {{"DELETE", kPath, 204, {{"Qualifier", "Qualifier"}}}},
          .access = on_function(lambda, "lambda:DeleteFunctionEventInvokeConfig"),
          .handle = JsonHandler([&lambda](Call& call) { return remove(lambda, call); })};
}

}  // namespace millrace::lambda
