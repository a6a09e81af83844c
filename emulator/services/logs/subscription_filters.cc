// PutSubscriptionFilter, DescribeSubscriptionFilters, DeleteSubscriptionFilter.

#include "emulator/base/arn.h"
#include "emulator/services/logs/filter_pattern.h"
#include "emulator/services/logs/group_filters.h"
#include "emulator/services/logs/paging.h"
#include "emulator/services/logs/subscriptions.h"

namespace millrace::logs {

using namespace protocol;

namespace {

constexpr FilterKind kKind{subscription_key, &LogGroup::subscriptions, 2,
                           "The specified subscription filter does not exist."};

/// The destination is a function that lets CloudWatch Logs in, else the error that AWS gives.
Result<void> check_destination(Logs& logs, const Place& place, const std::string& group, const Json& input) {
  std::string destination = text_of(input, "destinationArn");
  auto arn = Arn::parse(destination);
  if (!arn) return AwsError(errors::invalid_parameter, "Invalid destinationArn: " + destination);  // unverified wording
  bool has_role = find(input, "roleArn") != nullptr;
  if (arn->service == "kinesis" || arn->service == "firehose") {
    if (!has_role)
      return AwsError(errors::invalid_parameter,
                      "destinationArn for vendor " + arn->service + " cannot be used without roleArn");
    return no_such_stream(arn->service);
  }
  // unverified: the wording. No destination exists here (destinations.cc).
  if (arn->service == "logs" && arn->resource.starts_with("destination:"))
    return AwsError(errors::resource_not_found, "The specified destination does not exist.");
  if (arn->service != "lambda")
    return AwsError(errors::invalid_parameter,
                    "PutSubscriptionFilter operation cannot work with destinationArn for vendor " + arn->service);
  if (has_role)
    return AwsError(errors::invalid_parameter, "destinationArn for vendor lambda cannot be used with roleArn");
  if (arn->account != place.account || arn->region != place.region)
    return AwsError(errors::invalid_parameter,
                    "Cross-account lambda invocation passing is not allowed. You must use DestinationPolicies to "
                    "create cross account lambda triggers.");
  for (const std::string& principal : logs_principals(place.region)) {
    if (logs.others.may_send &&
        !logs.others.may_send(destination, {"", principal, group_arn(place, group) + ":*", place.account}).has_error())
      return {};
  }
  return AwsError(errors::invalid_parameter,
                  "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to "
                  "execute your function.");
}

}  // namespace

Operation put_subscription_filter(Logs& logs) {
  static const Shape input = structure({
      required("logGroupName", group_name_shape()),
      required("filterName", filter_name_shape()),
      required("filterPattern", string().length(0, 1024)),
      required("destinationArn", string().length(1, -1)),
      protocol::optional("roleArn", string().length(1, -1)),
      protocol::optional("distribution", string().one_of({"Random", "ByLogStream"})),
      protocol::optional("applyOnTransformedLogs", boolean()),
      protocol::optional("fieldSelectionCriteria", string().length(0, 2000)),
      protocol::optional("emitSystemFields", list(string())),
  });
  auto handle = [&logs](Call& call) -> Result<Json> {
    Place place = place_of(call);
    std::string group_name = text_of(call.input, "logGroupName"), name = text_of(call.input, "filterName");
    TRY(LogGroup found, find_group(logs.context.store, place, group_name));
    TRY_VOID(standard_class_only(found));
    TRY_VOID(FilterPattern::compile(text_of(call.input, "filterPattern")));
    TRY_VOID(check_destination(logs, place, group_name, call.input));
    return put_filter(logs, call, kKind, [&](Millis created_ms) -> Json {
      SubscriptionFilter filter{.name = name, .group = group_name};
      filter.pattern = text_of(call.input, "filterPattern");
      filter.destination_arn = text_of(call.input, "destinationArn");
      filter.distribution = text_of(call.input, "distribution", filter.distribution);
      filter.apply_on_transformed = bool_of(call.input, "applyOnTransformedLogs");
      filter.created_ms = created_ms;
      filter.selection = optional_text(call.input, "fieldSelectionCriteria");
      if (const Json* fields = find(call.input, "emitSystemFields")) filter.system_fields = *fields;
      return storage::to_document(filter);
    });
  };
  return {.name = "PutSubscriptionFilter",
          .input = &input,
          .access = group_access("PutSubscriptionFilter"),
          .handle = JsonHandler(handle)};
}

Operation describe_subscription_filters(Logs& logs) {
  static const Shape input = structure({
      required("logGroupName", group_name_shape()),
      protocol::optional("filterNamePrefix", filter_name_shape()),
      protocol::optional("nextToken", string().length(1, -1)),
      protocol::optional("limit", integer().range(1, 50)),
  });
  auto handle = [&logs](Call& call) -> Result<Json> {
    Place place = place_of(call);
    std::string group_name = text_of(call.input, "logGroupName"), prefix = text_of(call.input, "filterNamePrefix");
    TRY(LogGroup group, find_group(logs.context.store, place, group_name));
    TRY_VOID(standard_class_only(group));
    return page_of(logs.context.store, subscription_prefix(place, group_name), call.input, "subscriptionFilters",
                   [&](const Json& document) -> std::optional<Json> {
                     const auto filter = storage::from_document<SubscriptionFilter>(document);
                     if (!filter || !filter->name.starts_with(prefix)) return std::nullopt;
                     return storage::shown(*filter);
                   });
  };
  return {.name = "DescribeSubscriptionFilters",
          .input = &input,
          .access = group_access("DescribeSubscriptionFilters"),
          .handle = JsonHandler(handle)};
}

Operation delete_subscription_filter(Logs& logs) {
  return delete_filter(logs, "DeleteSubscriptionFilter", kKind);
}

}  // namespace millrace::logs
