#include "emulator/services/autoscaling/tracking.h"

#include <algorithm>
#include <cmath>

#include "emulator/base/arn.h"

namespace millrace::autoscaling {

namespace {

constexpr const char* kConfiguration = "TargetTrackingScalingPolicyConfiguration";
constexpr int64_t kOutPeriods = 2, kInPeriods = 15;  // of a minute; DynamoDB's predefined metrics
constexpr int64_t kSlowOutPeriods = 3;               // every other metric's
constexpr double kInBelow = 0.9;                     // of the target: other metrics scale in below this much
constexpr double kTableInBelow = 20;                 // percentage points: tables scale in so far below the target

bool tracks(const Json& policy) {
  return text_of(policy, "PolicyType") == "TargetTrackingScaling" && find(policy, kConfiguration);
}

bool is_of_tables(const Json& policy) {
  return text_of(policy, "ServiceNamespace") == "dynamodb" &&
         find(policy.at(kConfiguration), "PredefinedMetricSpecification");
}

double target_value(const Json& policy) {
  return policy.at(kConfiguration).value("TargetValue", 0.0);
}

Json dimension(const char* name, const std::string& value) {
  return {{"Name", name}, {"Value", value}};
}

/// Namespace, MetricName, Dimensions and the statistic of what the policy watches. `prefix`: "Consumed", "Provisioned".
Json metric_of(const Json& policy, const std::string& prefix) {
  const Json& configuration = policy.at(kConfiguration);
  if (const Json* custom = find(configuration, "CustomizedMetricSpecification")) {
    Json out{{"Namespace", text_of(*custom, "Namespace")}, {"MetricName", text_of(*custom, "MetricName")}};
    out["Dimensions"] = custom->value("Dimensions", Json::array());
    out["Statistic"] = text_of(*custom, "Statistic");
    return out;
  }
  const std::string resource = text_of(policy, "ResourceId");
  if (text_of(policy, "ServiceNamespace") == "lambda") {
    const std::string function = resource.substr(9, resource.find(':', 9) - 9);
    return {{"Namespace", "AWS/Lambda"},
            {"MetricName", "ProvisionedConcurrencyUtilization"},
            {"Dimensions", {dimension("FunctionName", function), dimension("Resource", resource.substr(9))}},
            {"Statistic", "Maximum"}};
  }
  const bool reads = text_of(policy, "ScalableDimension").ends_with("ReadCapacityUnits");
  const size_t index = resource.find("/index/");
  Json dimensions =
      Json::array({dimension("TableName", resource.substr(6, index == std::string::npos ? index : index - 6))});
  if (index != std::string::npos)
    dimensions.push_back(dimension("GlobalSecondaryIndexName", resource.substr(index + 7)));
  return {{"Namespace", "AWS/DynamoDB"},
          {"MetricName", prefix + (reads ? "ReadCapacityUnits" : "WriteCapacityUnits")},
          {"Dimensions", std::move(dimensions)},
          {"Statistic", prefix == "Consumed" ? "Sum" : "Average"}};
}

}  // namespace

Json new_alarm_names(Random& random, const TargetName& name, const Json& policy) {
  Json out = Json::object();
  if (!tracks(policy)) return out;
  std::vector<const char*> kinds{"AlarmHigh"};
  if (!bool_of(policy.at(kConfiguration), "DisableScaleIn")) kinds.push_back("AlarmLow");
  if (is_of_tables(policy)) kinds.insert(kinds.end(), {"ProvisionedCapacityHigh", "ProvisionedCapacityLow"});
  for (const char* kind : kinds) out[kind] = "TargetTracking-" + name.resource_id + "-" + kind + "-" + random.uuid();
  return out;
}

Json shown_alarms(const Place& place, const Json& policy) {
  Json out = Json::array();
  for (const std::string& name : alarm_names(policy))
    out.push_back(
        {{"AlarmName", name}, {"AlarmARN", make_arn("cloudwatch", place.region, place.account, "alarm:" + name)}});
  return out;
}

std::vector<std::string> alarm_names(const Json& policy) {
  std::vector<std::string> out;
  const Json names = policy.value("_alarms", Json::object());
  for (const auto& [which, name] : names.items()) out.push_back(name.get<std::string>());
  return out;
}

Json alarm_of(const Json& policy, const std::string& which, int64_t capacity) {
  const bool provisioned = which.starts_with("Provisioned"), high = which.ends_with("High");
  Json out = metric_of(policy, provisioned ? "Provisioned" : "Consumed");
  const double target = target_value(policy), units = static_cast<double>(std::max<int64_t>(capacity, 1));
  out["AlarmName"] = policy.at("_alarms").at(which);
  out["AlarmDescription"] =
      "DO NOT EDIT OR DELETE. For TargetTrackingScaling policy " + text_of(policy, "PolicyARN") + ".";
  out["AlarmActions"] = Json::array({text_of(policy, "PolicyARN")});
  out["ComparisonOperator"] = high ? "GreaterThanThreshold" : "LessThanThreshold";
  out["Period"] = provisioned ? 300 : 60;
  if (provisioned) {
    out["EvaluationPeriods"] = 3;
    out["Threshold"] = units;
  } else if (is_of_tables(policy)) {
    out["EvaluationPeriods"] = high ? kOutPeriods : kInPeriods;
    out["Threshold"] = (high ? target : std::max(target - kTableInBelow, 0.0)) / 100 * units * 60;
  } else {
    out["EvaluationPeriods"] = high ? kSlowOutPeriods : kInPeriods;
    out["Threshold"] = high ? target : target * kInBelow;
  }
  return out;
}

int64_t wanted_capacity(ports::Alarms& alarms, const Place& place, const Json& policy, int64_t current, bool out,
                        int64_t now_s) {
  if (!tracks(policy) || target_value(policy) <= 0) return current;
  const int64_t end = now_s / 60 * 60,
                periods = out ? (is_of_tables(policy) ? kOutPeriods : kSlowOutPeriods) : kInPeriods;
  Json metric = metric_of(policy, "Consumed");
  const std::vector<double> values =
      alarms.values(place.account, place.region, {metric, text_of(metric, "Statistic"), end - periods * 60, end, 60});
  if (values.empty()) return current;
  const double most = *std::max_element(values.begin(), values.end());
  // Of tables: units of a minute by units of a second at so many percent. Of others: in proportion.
  const double wanted = is_of_tables(policy) ? most / 60 / (target_value(policy) / 100)
                                             : static_cast<double>(current) * most / target_value(policy);
  return std::max<int64_t>(static_cast<int64_t>(std::ceil(wanted)), 1);
}

}  // namespace millrace::autoscaling
