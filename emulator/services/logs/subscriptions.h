#pragma once
// Subscription filters: what arrives in a group and matches is passed on to a function.
// Source: "Real-time processing of log data with subscriptions" in the CloudWatch Logs user guide.

#include "emulator/services/logs/arrivals.h"

namespace millrace::logs {

struct Logs;

/// A filter as it is stored and, but for its missing members, as DescribeSubscriptionFilters shows it.
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
