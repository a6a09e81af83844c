// Anomaly detectors: kept and shown. Nothing is detected: a detector stays in its training.

#include "emulator/base/arn.h"
#include "emulator/services/logs/filter_pattern.h"
#include "emulator/services/logs/logs.h"
#include "emulator/services/logs/paging.h"
#include "emulator/storage/documents.h"

namespace millrace::logs {

using namespace protocol;

namespace {

constexpr std::string_view kKind = "anomaly-detector";

std::string detectors_prefix(const Place& place) {
  return storage::document_key({"logs", place.account, place.region, kKind});
}

/// The stored document's key; InvalidParameterException if the ARN names no detector.
Result<std::string> detector_key(const std::string& text) {
  auto arn = Arn::parse(text);
  std::string head = std::string(kKind) + ":";
  // unverified: the wording.
  if (!arn || !arn->resource.starts_with(head))
    return AwsError(errors::invalid_parameter, "The specified anomaly detector ARN is not valid: " + text);
  return storage::document_key({"logs", arn->account, arn->region, kKind, arn->resource.substr(head.size())});
}

Result<Json> find_detector(const storage::Reader& reader, const std::string& arn) {
  TRY(std::string key, detector_key(arn));
  auto detector = storage::get_document(reader, key);
  // unverified: the wording.
  if (!detector) return AwsError(errors::resource_not_found, "The specified anomaly detector does not exist.");
  return std::move(*detector);
}

Shape frequency() {
  return string().one_of({"ONE_MIN", "FIVE_MIN", "TEN_MIN", "FIFTEEN_MIN", "THIRTY_MIN", "ONE_HOUR"});
}

Json shown(Json detector, bool with_arn) {
  detector.erase("tags");
  if (!with_arn) detector.erase("anomalyDetectorArn");
  return detector;
}

std::function<Result<AccessNeeds>(const Call&)> detector_access(std::string action) {
  return [action = "logs:" + action](const Call& call) -> Result<AccessNeeds> {
    return AccessNeeds{{action, text_of(call.input, "anomalyDetectorArn", "*")}};
  };
}

void copy_members(const Json& input, Json& detector, std::initializer_list<const char*> members) {
  for (const char* member : members) {
    if (const Json* value = find(input, member)) detector[member] = *value;
  }
}

}  // namespace

Operation create_log_anomaly_detector(Logs& logs) {
  static const Shape input = structure({
      required("logGroupArnList", list(string().length(1, 2048)).length(1, 1)),
      protocol::optional("detectorName", string().length(1, -1)),
      protocol::optional("evaluationFrequency", frequency()),
      protocol::optional("filterPattern", string().length(0, 1024)),
      protocol::optional("kmsKeyId", string().length(-1, 256)),
      protocol::optional("anomalyVisibilityTime", integer().range(7, 90)),
      protocol::optional("tags", map(string().length(0, 256)).length(1, 50).keys(string().length(1, 128))),
  });
  auto handle = [&logs](Call& call) -> Result<Json> {
    Place place = place_of(call);
    TRY(std::string group, group_in_arn(call.input["logGroupArnList"][0].get<std::string>()));
    TRY(LogGroup found, find_group(logs.context.store, place, group));
    TRY_VOID(standard_class_only(found));
    TRY_VOID(FilterPattern::compile(text_of(call.input, "filterPattern")));
    std::string id = logs.context.random.uuid(),
                arn = make_arn("logs", place.region, place.account, std::string(kKind) + ":" + id);
    Millis now = logs.context.clock.now_ms();
    Json detector{{"anomalyDetectorArn", arn}, {"detectorName", ""}};
    copy_members(call.input, detector, {"detectorName", "logGroupArnList", "evaluationFrequency", "filterPattern"});
    detector["anomalyDetectorStatus"] = "TRAINING";
    copy_members(call.input, detector, {"kmsKeyId"});
    detector["creationTimeStamp"] = now;
    detector["lastModifiedTimeStamp"] = now;
    detector["anomalyVisibilityTime"] = int_of(call.input, "anomalyVisibilityTime", 21);
    detector["tags"] = call.input.value("tags", Json::object());
    return logs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      storage::put_document(txn, storage::document_key({"logs", place.account, place.region, kKind, id}), detector);
      return Json{{"anomalyDetectorArn", arn}};
    });
  };
  return {.name = "CreateLogAnomalyDetector",
          .input = &input,
          .access = anywhere_access("CreateLogAnomalyDetector"),
          .handle = JsonHandler(handle)};
}

Operation get_log_anomaly_detector(Logs& logs) {
  static const Shape input = structure({required("anomalyDetectorArn", string().length(1, -1))});
  auto handle = [&logs](Call& call) -> Result<Json> {
    TRY(Json detector, find_detector(logs.context.store, text_of(call.input, "anomalyDetectorArn")));
    return shown(std::move(detector), false);
  };
  return {.name = "GetLogAnomalyDetector",
          .input = &input,
          .access = detector_access("GetLogAnomalyDetector"),
          .handle = JsonHandler(handle)};
}

Operation list_log_anomaly_detectors(Logs& logs) {
  static const Shape input = structure({
      protocol::optional("filterLogGroupArn", string().length(1, 2048)),
      protocol::optional("limit", integer().range(1, 50)),
      protocol::optional("nextToken", string().length(1, -1)),
  });
  auto handle = [&logs](Call& call) -> Result<Json> {
    auto group = optional_text(call.input, "filterLogGroupArn");
    return page_of(logs.context.store, detectors_prefix(place_of(call)), call.input, "anomalyDetectors",
                   [&](const Json& detector) -> std::optional<Json> {
                     if (group && detector.at("logGroupArnList").at(0) != *group) return std::nullopt;
                     return shown(detector, true);
                   });
  };
  return {.name = "ListLogAnomalyDetectors",
          .input = &input,
          .access = anywhere_access("ListLogAnomalyDetectors"),
          .handle = JsonHandler(handle)};
}

Operation update_log_anomaly_detector(Logs& logs) {
  static const Shape input = structure({
      required("anomalyDetectorArn", string().length(1, -1)),
      protocol::optional("evaluationFrequency", frequency()),
      protocol::optional("filterPattern", string().length(0, 1024)),
      protocol::optional("anomalyVisibilityTime", integer().range(7, 90)),
      required("enabled", boolean()),
  });
  auto handle = [&logs](Call& call) -> Result<Json> {
    std::string arn = text_of(call.input, "anomalyDetectorArn");
    TRY(std::string key, detector_key(arn));
    TRY_VOID(FilterPattern::compile(text_of(call.input, "filterPattern")));
    return logs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(Json detector, find_detector(txn, arn));
      copy_members(call.input, detector, {"evaluationFrequency", "filterPattern", "anomalyVisibilityTime"});
      detector["anomalyDetectorStatus"] = bool_of(call.input, "enabled") ? "TRAINING" : "PAUSED";
      detector["lastModifiedTimeStamp"] = logs.context.clock.now_ms();
      storage::put_document(txn, key, detector);
      return Json();
    });
  };
  return {.name = "UpdateLogAnomalyDetector",
          .input = &input,
          .access = detector_access("UpdateLogAnomalyDetector"),
          .handle = JsonHandler(handle)};
}

Operation delete_log_anomaly_detector(Logs& logs) {
  static const Shape input = structure({required("anomalyDetectorArn", string().length(1, -1))});
  auto handle = [&logs](Call& call) -> Result<Json> {
    std::string arn = text_of(call.input, "anomalyDetectorArn");
    TRY(std::string key, detector_key(arn));
    return logs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY_VOID(find_detector(txn, arn));
      txn.erase(storage::Family::meta, key);
      return Json();
    });
  };
  return {.name = "DeleteLogAnomalyDetector",
          .input = &input,
          .access = detector_access("DeleteLogAnomalyDetector"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::logs
