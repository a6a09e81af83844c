#pragma once
// What the room's operations share. What is stored: model.h, points.h, and as AWS shows them
//
//   {"cloudwatch", account, region, "history", name, time and number}

#include <memory>
#include <string>

#include "emulator/delivery/deliveries.h"
#include "emulator/delivery/firings.h"
#include "emulator/protocol/operation.h"
#include "emulator/services/cloudwatch/errors.h"
#include "emulator/services/cloudwatch/model.h"
#include "emulator/services/cloudwatch/points.h"
#include "emulator/services/service_context.h"

namespace millrace::cloudwatch {

struct CloudWatch {
  CloudWatch(ServiceContext given, delivery::Deliveries& on_the_way, Counts& counted);

  ServiceContext context;
  delivery::Deliveries& deliveries;
  Counts& counts;
  /// One for every alarm with a metric ("alarm": all of them, once a minute while there are any), one for the counts' flush.
  std::unique_ptr<delivery::Firings> firings;

  Millis now() const { return context.clock.now_ms(); }
};

struct Scope {
  std::string account, region;
};
inline Scope scope_of(const protocol::Call& call) {
  return {call.caller.account, call.caller.region};
}

std::string alarm_key(const Scope& scope, const std::string& name);
std::string alarms_prefix(const Scope& scope);
std::string mute_rule_key(const Scope& scope, const std::string& name);
std::string history_prefix(const Scope& scope, const std::string& alarm);
std::string dashboard_key(const std::string& account, const std::string& name);
std::string alarm_arn(const Scope& scope, const std::string& name);

inline double seconds_of(Millis ms) {
  return static_cast<double>(ms) / 1000.0;
}
/// A time of an input: epoch seconds, or text of odd clients. -1: absent or unreadable.
int64_t time_s(const Json& input, const char* member);
double number_of(const Json& input, const char* member, double fallback = 0);

/// The metric that Namespace, MetricName and Dimensions name.
Metric metric_of(const Scope& scope, const Json& input);
Metric metric_of(const Scope& scope, const Alarm& alarm);

using Access = std::function<Result<protocol::AccessNeeds>(const protocol::Call&)>;
Access needs(std::string action, std::function<std::string(const protocol::Call&)> resource = {});
Access needs_on_alarm(std::string action);

protocol::Shape dimensions_shape();
protocol::Shape unit_shape();
protocol::Shape namespace_shape();
protocol::Shape statistic_shape();

// The operations, by file.
// put_metric_data.cc, list_metrics.cc, metric_data.cc, metric_statistics.cc
protocol::Operation put_metric_data(CloudWatch& watch);
protocol::Operation list_metrics(CloudWatch& watch);
protocol::Operation get_metric_data(CloudWatch& watch);
protocol::Operation get_metric_statistics(CloudWatch& watch);
// alarm_operations.cc, describe_alarms.cc
protocol::Operation put_metric_alarm(CloudWatch& watch);
protocol::Operation put_composite_alarm(CloudWatch& watch);
protocol::Operation delete_alarms(CloudWatch& watch);
protocol::Operation set_alarm_state(CloudWatch& watch);
protocol::Operation enable_alarm_actions(CloudWatch& watch);
protocol::Operation disable_alarm_actions(CloudWatch& watch);
protocol::Operation describe_alarms(CloudWatch& watch);
protocol::Operation describe_alarms_for_metric(CloudWatch& watch);
protocol::Operation describe_alarm_history(CloudWatch& watch);
// mute_rules.cc
protocol::Operation put_alarm_mute_rule(CloudWatch& watch);
protocol::Operation get_alarm_mute_rule(CloudWatch& watch);
protocol::Operation list_alarm_mute_rules(CloudWatch& watch);
protocol::Operation delete_alarm_mute_rule(CloudWatch& watch);
// dashboards.cc, tags.cc
protocol::Operation put_dashboard(CloudWatch& watch);
protocol::Operation get_dashboard(CloudWatch& watch);
protocol::Operation list_dashboards(CloudWatch& watch);
protocol::Operation delete_dashboards(CloudWatch& watch);
protocol::Operation tag_resource(CloudWatch& watch);
protocol::Operation untag_resource(CloudWatch& watch);
protocol::Operation list_tags_for_resource(CloudWatch& watch);

// put_metric_data.cc
/// The units, as a refusal lists them.
std::string all_units();
// metric_data.cc
/// The series of queries (MetricDataQueries, or an alarm's Metrics): id to series, those of expressions too.
Result<std::map<std::string, std::map<int64_t, double>>> series_of_queries(CloudWatch& watch, const Scope& scope,
                                                                           const Json& queries, int64_t from_s,
                                                                           int64_t to_s);

}  // namespace millrace::cloudwatch
