// PutAnomalyDetector, DescribeAnomalyDetectors, DeleteAnomalyDetector. Kept and shown: no model is trained.
// Source: CloudWatch's API reference.

#include <algorithm>

#include "emulator/base/encoding.h"
#include "emulator/services/cloudwatch/kept_lists.h"

namespace millrace::cloudwatch {

using namespace protocol;

namespace {

constexpr const char* kKind = "anomaly-detector";
constexpr size_t kDetectorsMax = 1000;  // an account and region; ours

/// What a detector is for: the metric, given by itself or by its older members, or the queries of an expression.
Result<Json> subject_of(const Json& input) {
  if (const Json* math = find(input, "MetricMathAnomalyDetector")) return Json{{"MetricMathAnomalyDetector", *math}};
  const Json* single = find(input, "SingleMetricAnomalyDetector");
  const Json& from = single ? *single : input;
  for (const char* member : {"Namespace", "MetricName", "Stat"}) {
    if (text_of(from, member).empty())  // unverified: the words
      return AwsError(errors::missing_kind, std::string("The parameter ") + member + " is required.");
  }
  Json metric = Json::object();
  for (const char* member : {"AccountId", "Namespace", "MetricName"}) {
    if (const Json* value = find(from, member)) metric[member] = *value;
  }
  metric["Dimensions"] = from.value("Dimensions", Json::array());
  std::sort(metric["Dimensions"].begin(), metric["Dimensions"].end(),
            [](const Json& a, const Json& b) { return text_of(a, "Name") < text_of(b, "Name"); });
  metric["Stat"] = text_of(from, "Stat");
  return Json{{"SingleMetricAnomalyDetector", std::move(metric)}};
}

std::string name_of(const Json& subject) {
  return to_hex(sha256(to_text(subject)));
}

Operation put_anomaly_detector(CloudWatch& watch) {
  auto handle = [&watch](Call& call) -> Result<Json> {
    TRY(Json detector, subject_of(call.input));
    const std::string name = name_of(detector), key = kept_key(scope_of(call), kKind, name);
    if (const Json* metric = find(detector, "SingleMetricAnomalyDetector")) {
      const Json members = *metric;
      for (const char* member : {"Namespace", "MetricName", "Dimensions", "Stat"}) detector[member] = members[member];
    }
    detector["Configuration"] = call.input.value("Configuration", Json::object());
    if (!find(detector["Configuration"], "ExcludedTimeRanges"))
      detector["Configuration"]["ExcludedTimeRanges"] = Json::array();
    if (const Json* traits = find(call.input, "MetricCharacteristics")) detector["MetricCharacteristics"] = *traits;
    detector["StateValue"] = "PENDING_TRAINING";
    detector["_name"] = name;
    return watch.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      if (!storage::get_document(txn, key) && kept_of(txn, scope_of(call), kKind).size() >= kDetectorsMax)
        return AwsError(errors::limit_exceeded, "The maximum number of anomaly detectors has been reached.");
      storage::put_document(txn, key, detector);
      return Json::object();
    });
  };
  return {.name = "PutAnomalyDetector", .access = needs("PutAnomalyDetector"), .handle = JsonHandler(handle)};
}

/// Every dimension asked for is one of the detector's.
bool has_dimensions(const Json& detector, const Json& asked) {
  const Json dimensions = detector.value("Dimensions", Json::array());
  return std::all_of(asked.begin(), asked.end(), [&](const Json& one) {
    return std::any_of(dimensions.begin(), dimensions.end(), [&](const Json& other) {
      return text_of(one, "Name") == text_of(other, "Name") && text_of(one, "Value") == text_of(other, "Value");
    });
  });
}

Operation describe_anomaly_detectors(CloudWatch& watch) {
  static const Shape input =
      structure({optional("AnomalyDetectorTypes", list(string().one_of({"SINGLE_METRIC", "METRIC_MATH"})))});
  auto handle = [&watch](Call& call) -> Result<Json> {
    Json types = call.input.value("AnomalyDetectorTypes", Json::array());
    if (types.empty()) types.push_back("SINGLE_METRIC");
    const auto show = [&](const Json& detector) -> std::optional<Json> {
      const char* type = find(detector, "MetricMathAnomalyDetector") ? "METRIC_MATH" : "SINGLE_METRIC";
      if (std::find(types.begin(), types.end(), type) == types.end()) return std::nullopt;
      for (const char* member : {"Namespace", "MetricName"}) {
        const std::string asked = text_of(call.input, member);
        if (!asked.empty() && text_of(detector, member) != asked) return std::nullopt;
      }
      if (!has_dimensions(detector, call.input.value("Dimensions", Json::array()))) return std::nullopt;
      return shown_of(detector);
    };
    return page_of_kept(watch.context.store, call, kKind, "AnomalyDetectors", show);
  };
  return {.name = "DescribeAnomalyDetectors",
          .input = &input,
          .access = needs("DescribeAnomalyDetectors"),
          .handle = JsonHandler(handle)};
}

Operation delete_anomaly_detector(CloudWatch& watch) {
  auto handle = [&watch](Call& call) -> Result<Json> {
    TRY(Json subject, subject_of(call.input));
    const std::string key = kept_key(scope_of(call), kKind, name_of(subject));
    return watch.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      if (!storage::get_document(txn, key))  // unverified: the words
        return AwsError(errors::no_such_resource, "Anomaly detector does not exist.");
      txn.erase(storage::Family::meta, key);
      return Json::object();
    });
  };
  return {.name = "DeleteAnomalyDetector", .access = needs("DeleteAnomalyDetector"), .handle = JsonHandler(handle)};
}

}  // namespace

void add_anomaly_detectors(std::vector<Operation>& operations, CloudWatch& watch) {
  operations.push_back(put_anomaly_detector(watch));
  operations.push_back(describe_anomaly_detectors(watch));
  operations.push_back(delete_anomaly_detector(watch));
}

}  // namespace millrace::cloudwatch
