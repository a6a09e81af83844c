#pragma once
// Subscription filters: what arrives in a group and matches is passed on to a function.
// Source: "Real-time processing of log data with subscriptions" in the CloudWatch Logs user guide.

#include "emulator/services/logs/arrivals.h"

namespace millrace::logs {

struct Logs;

/// By the member names that DescribeSubscriptionFilters shows; its form's version is ours.
struct SubscriptionFilter {
  std::string name, group, pattern, destination_arn, distribution = "ByLogStream";
  bool apply_on_transformed = false;
  Millis created_ms = 0;
  // Of events that another account sent here, which there are none of.
  std::optional<std::string> selection;
  std::optional<Json> system_fields;
};

template <class Form>
void describe(Form& form, SubscriptionFilter& filter) {
  form.version(1, "_form");
  form.member("filterName", filter.name);
  form.member("logGroupName", filter.group);
  form.member("filterPattern", filter.pattern);
  form.member("destinationArn", filter.destination_arn);
  form.added("distribution", filter.distribution);
  form.added("applyOnTransformedLogs", filter.apply_on_transformed);
  form.member("creationTime", filter.created_ms);
  form.member("fieldSelectionCriteria", filter.selection);
  form.member("emitSystemFields", filter.system_fields);
}

std::string subscription_key(const Place& place, std::string_view group, std::string_view name);
std::string subscription_prefix(const Place& place, std::string_view group);

/// What a destination is handed: base64 of the gzipped DATA_MESSAGE document, in Lambda's frame. Several where one
/// would be too large for an asynchronous event.
std::vector<std::string> subscription_payloads(const Arrival& arrival, const std::string& filter,
                                               const std::vector<Event>& events);

/// Hands the batch to the destination of each of the group's filters that it has matches for. What a destination
/// refuses is dropped with a line in the log.
void deliver_to_subscriptions(Logs& logs, const Arrival& arrival, const std::vector<Event>& events);

}  // namespace millrace::logs
