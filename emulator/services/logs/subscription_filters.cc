// PutSubscriptionFilter, DescribeSubscriptionFilters, DeleteSubscriptionFilter.

#include "emulator/base/arn.h"
#include "emulator/services/logs/filter_pattern.h"
#include "emulator/services/logs/logs.h"
#include "emulator/services/logs/paging.h"
#include "emulator/services/logs/subscriptions.h"
#include "emulator/storage/documents.h"

namespace millrace::logs {

using namespace protocol;

namespace {

constexpr int64_t kPerGroupMax = 2;

/// The destination is a function that lets CloudWatch Logs in, else the error that AWS gives.
Result<void> check_destination(Logs& logs, const Place& place, const std::string& group, const Json& input) {
  std::string destination = text_of(input, "destinationArn");
  auto arn = Arn::parse(destination);
  if (!arn) return AwsError(errors::invalid_parameter, "Invalid destinationArn: " + destination);  // unverified wording
  bool has_role = find(input, "roleArn") != nullptr;
  if (arn->service == "kinesis" || arn->service == "firehose") {
    if (!has_role) return AwsError(errors::invalid_parameter, "destinationArn for vendor " + arn->service + " cannot be used without roleArn");
    // There are no such streams here, so AWS's answer for one that doesn't exist is the true one.
    bool kinesis = arn->service == "kinesis";
    return AwsError(errors::invalid_parameter, std::string("Could not deliver test message to specified ") + (kinesis ? "Kinesis" : "Firehose") +
                                                   " stream. Check if the given " + (kinesis ? "kinesis" : "firehose") + " stream is in ACTIVE state. ");
  }
  if (arn->service != "lambda")
    return AwsError(errors::invalid_parameter, "PutSubscriptionFilter operation cannot work with destinationArn for vendor " + arn->service);
  if (has_role) return AwsError(errors::invalid_parameter, "destinationArn for vendor lambda cannot be used with roleArn");
  if (arn->account != place.account || arn->region != place.region)
    return AwsError(errors::invalid_parameter,
                    "Cross-account lambda invocation passing is not allowed. You must use DestinationPolicies to create cross account lambda triggers.");
  for (const std::string& principal : logs_principals(place.region)) {
    if (logs.with.may_send && !logs.with.may_send(destination, {"", principal, group_arn(place, group) + ":*", place.account}).has_error()) return {};
  }
  return AwsError(errors::invalid_parameter,
                  "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.");
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
  });
  auto handle = [&logs](Call& call) -> Result<Json> {
    Place place = place_of(call);
    std::string group_name = text_of(call.input, "logGroupName"), name = text_of(call.input, "filterName");
    TRY(Json found, find_group(logs.context.store, place, group_name));
    TRY_VOID(standard_class_only(found));
    TRY_VOID(FilterPattern::compile(text_of(call.input, "filterPattern")));
    TRY_VOID(check_destination(logs, place, group_name, call.input));
    return logs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(Json group, find_group(txn, place, group_name));
      std::string key = subscription_key(place, group_name, name);
      auto existing = storage::get_document(txn, key);
      if (!existing) {
        if (int_of(group, "subscriptions") >= kPerGroupMax) return AwsError(errors::limit_exceeded, "Resource limit exceeded.");
        group["subscriptions"] = int_of(group, "subscriptions") + 1;
        storage::put_document(txn, group_key(place, group_name), group);
      }
      Json filter{{"filterName", name},
                  {"logGroupName", group_name},
                  {"filterPattern", text_of(call.input, "filterPattern")},
                  {"destinationArn", text_of(call.input, "destinationArn")},
                  {"distribution", text_of(call.input, "distribution", "ByLogStream")},
                  {"applyOnTransformedLogs", bool_of(call.input, "applyOnTransformedLogs")},
                  {"creationTime", existing ? int_of(*existing, "creationTime") : logs.context.clock.now_ms()}};
      storage::put_document(txn, key, filter);
      return Json();
    });
  };
  return {.name = "PutSubscriptionFilter", .input = &input, .access = group_access("PutSubscriptionFilter"), .handle = JsonHandler(handle)};
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
    TRY(Json group, find_group(logs.context.store, place, group_name));
    TRY_VOID(standard_class_only(group));
    return page_of(logs.context.store, subscription_prefix(place, group_name), call.input, "subscriptionFilters",
                   [&](const Json& filter) -> std::optional<Json> {
                     if (!text_of(filter, "filterName").starts_with(prefix)) return std::nullopt;
                     return filter;
                   });
  };
  return {.name = "DescribeSubscriptionFilters", .input = &input, .access = group_access("DescribeSubscriptionFilters"), .handle = JsonHandler(handle)};
}

Operation delete_subscription_filter(Logs& logs) {
  static const Shape input = structure({required("logGroupName", group_name_shape()), required("filterName", filter_name_shape())});
  auto handle = [&logs](Call& call) -> Result<Json> {
    Place place = place_of(call);
    std::string group_name = text_of(call.input, "logGroupName");
    return logs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(Json group, find_group(txn, place, group_name));
      std::string key = subscription_key(place, group_name, text_of(call.input, "filterName"));
      if (!storage::get_document(txn, key)) return AwsError(errors::resource_not_found, "The specified subscription filter does not exist.");
      txn.erase(storage::Family::meta, key);
      group["subscriptions"] = int_of(group, "subscriptions") - 1;
      storage::put_document(txn, group_key(place, group_name), group);
      return Json();
    });
  };
  return {.name = "DeleteSubscriptionFilter", .input = &input, .access = group_access("DeleteSubscriptionFilter"), .handle = JsonHandler(handle)};
}

}  // namespace millrace::logs
