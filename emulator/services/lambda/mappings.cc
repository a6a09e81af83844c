#include "emulator/services/lambda/mappings.h"

#include <algorithm>

#include "emulator/base/arn.h"
#include "emulator/base/epoch_seconds.h"
#include "emulator/base/log.h"
#include "emulator/services/lambda/errors.h"

namespace millrace::lambda {

namespace {

void copy_set(Json& out, const Json& settings, const char* member) {
  const Json* value = find(settings, member);
  if (value && !(value->is_object() && value->empty())) out[member] = *value;
}

/// FilterCriteria is shown only with filters in it; Terraform sees drift otherwise.
void add_filters(Json& out, const Json& settings) {
  const Json* criteria = find(settings, "FilterCriteria");
  const Json* filters = criteria ? find(*criteria, "Filters") : nullptr;
  if (filters && !filters->empty()) out["FilterCriteria"] = Json{{"Filters", *filters}};
}

std::string on_failure(const Json& settings) {
  const Json* destination = find(settings, "DestinationConfig");
  const Json* failure = destination ? find(*destination, "OnFailure") : nullptr;
  return failure ? text_of(*failure, "Destination") : "";
}

void add_stream_settings(Json& out, const Json& settings) {
  std::string failure = on_failure(settings);
  out["DestinationConfig"] = Json{{"OnFailure", failure.empty() ? Json::object() : Json{{"Destination", failure}}}};
  out["MaximumRecordAgeInSeconds"] = int_of(settings, "MaximumRecordAgeInSeconds", -1);
  out["BisectBatchOnFunctionError"] = bool_of(settings, "BisectBatchOnFunctionError");
  out["MaximumRetryAttempts"] = int_of(settings, "MaximumRetryAttempts", -1);
  out["TumblingWindowInSeconds"] = int_of(settings, "TumblingWindowInSeconds");
}

}  // namespace

std::string mappings_prefix(const std::string& account, const std::string& region) {
  return storage::document_key({"lambda-mapping", account, region});
}
std::string mapping_key(const std::string& account, const std::string& region, const std::string& uuid) {
  return storage::document_key({"lambda-mapping", account, region, uuid});
}

bool is_queue(const Json& mapping) {
  auto arn = Arn::parse(text_of(mapping.at("settings"), "EventSourceArn"));
  return arn && arn->service == "sqs";
}

Result<void> check_no_duplicate(const storage::Reader& reader, const FunctionRef& ref, const std::string& source,
                                const std::string& own_uuid) {
  for (const Json& other : storage::list_documents(reader, mappings_prefix(ref.account, ref.region))) {
    if (text_of(other.at("settings"), "EventSourceArn") != source ||
        text_of(other, "function_arn") != ref.qualified_arn())
      continue;
    if (text_of(other, "uuid") == own_uuid) continue;
    if (is_queue(other))
      return errors::conflict(
          "An event source mapping with SQS arn (\" " + source + " \") and function (\" " + ref.name +
          " \") already exists. Please update or delete the existing mapping with UUID " + text_of(other, "uuid"));
    return errors::conflict(
        "The event source arn (\" " + source + " \") and function (\" " + ref.name +
        " \") provided mapping already exists. Please update or delete the existing mapping with UUID " +
        text_of(other, "uuid"));
  }
  return {};
}

Json mapping_view(Lambda& lambda, const Json& mapping, const char* state) {
  const Json& settings = mapping.at("settings");
  bool queue = is_queue(mapping);
  std::string uuid = text_of(mapping, "uuid"), function_arn = text_of(mapping, "function_arn");
  auto status = lambda.ports.mappings.status(uuid);
  ports::MappingStatus shown = status.value_or(ports::MappingStatus{});
  Json out = {{"UUID", uuid}};
  if (!queue) out["StartingPosition"] = text_of(settings, "StartingPosition");
  out["BatchSize"] = int_of(settings, "BatchSize", queue ? 10 : 100);
  out["MaximumBatchingWindowInSeconds"] = int_of(settings, "MaximumBatchingWindowInSeconds");
  if (!queue) out["ParallelizationFactor"] = int_of(settings, "ParallelizationFactor", 1);
  out["EventSourceArn"] = text_of(settings, "EventSourceArn");
  add_filters(out, settings);
  out["FunctionArn"] = function_arn;
  out["LastModified"] = epoch_seconds(int_of(mapping, "modified_ms"));
  if (!queue) out["LastProcessingResult"] = shown.last_processing_result;
  out["State"] = state ? state : ports::mapping_state_text(shown.state);
  out["StateTransitionReason"] = queue ? "USER_INITIATED" : "User action";
  if (!queue) add_stream_settings(out, settings);
  out["FunctionResponseTypes"] = settings.value("FunctionResponseTypes", Json::array());
  for (const char* member : {"ScalingConfig", "KMSKeyArn", "MetricsConfig", "LoggingConfig", "ProvisionedPollerConfig"})
    copy_set(out, settings, member);
  auto function = Arn::parse(function_arn);
  out["EventSourceMappingArn"] = make_arn("lambda", function ? function->region : "", function ? function->account : "",
                                          "event-source-mapping:" + uuid);
  return out;
}

ports::MappingConfig mapping_config(Lambda& lambda, const Json& mapping) {
  const Json& settings = mapping.at("settings");
  ports::MappingConfig out;
  out.uuid = text_of(mapping, "uuid");
  out.function_arn = text_of(mapping, "function_arn");
  FunctionRef ref = parse_function_name(out.function_arn, "", "");
  out.account = ref.account;
  out.region = ref.region;
  out.function_name = ref.name;
  out.qualifier = ref.qualifier;
  out.kind = is_queue(mapping) ? ports::SourceKind::queue : ports::SourceKind::stream;
  out.event_source_arn = text_of(settings, "EventSourceArn");
  auto function = load_qualified(lambda.context.store, ref, lambda.now());
  if (function.has_value()) out.role_arn = text_of(function->at("config"), "Role");
  out.enabled = bool_of(mapping, "enabled", true);
  out.batch_size = static_cast<int>(int_of(settings, "BatchSize", out.kind == ports::SourceKind::queue ? 10 : 100));
  out.batching_window_s = static_cast<int>(int_of(settings, "MaximumBatchingWindowInSeconds"));
  if (const Json* types = find(settings, "FunctionResponseTypes")) out.report_batch_item_failures = !types->empty();
  if (const Json* criteria = find(settings, "FilterCriteria")) {
    if (const Json* filters = find(*criteria, "Filters")) {
      for (const Json& filter : *filters) out.filter_patterns.push_back(text_of(filter, "Pattern"));
    }
  }
  if (text_of(settings, "StartingPosition") == "LATEST") out.starting_position = ports::StartingPosition::latest;
  out.parallelization_factor = static_cast<int>(int_of(settings, "ParallelizationFactor", 1));
  out.maximum_record_age_s = static_cast<int>(int_of(settings, "MaximumRecordAgeInSeconds", -1));
  out.maximum_retry_attempts = static_cast<int>(int_of(settings, "MaximumRetryAttempts", -1));
  out.bisect_on_error = bool_of(settings, "BisectBatchOnFunctionError");
  out.tumbling_window_s = static_cast<int>(int_of(settings, "TumblingWindowInSeconds"));
  out.on_failure_arn = on_failure(settings);
  const Json metrics = settings.value("MetricsConfig", Json::object()).value("Metrics", Json::array());
  out.counts_events = std::find(metrics.begin(), metrics.end(), "EventCount") != metrics.end();
  if (const Json* scaling = find(settings, "ScalingConfig"))
    out.maximum_concurrency = static_cast<int>(int_of(*scaling, "MaximumConcurrency"));
  return out;
}

namespace {

void put_again(Lambda& lambda, const Json& mapping) {
  auto put = lambda.ports.mappings.put(mapping_config(lambda, mapping));
  if (put.has_error())
    log::error("event source mapping " + text_of(mapping, "uuid") + " can't be started: " + put.error().message);
}

}  // namespace

void refresh_mappings_of(Lambda& lambda, const FunctionRef& function) {
  for (const Json& mapping :
       storage::list_documents(lambda.context.store, mappings_prefix(function.account, function.region))) {
    if (parse_function_name(text_of(mapping, "function_arn"), "", "").name == function.name) put_again(lambda, mapping);
  }
}

void put_all_mappings(Lambda& lambda) {
  for (const Json& mapping : storage::list_documents(lambda.context.store, storage::document_key({"lambda-mapping"})))
    put_again(lambda, mapping);
}

}  // namespace millrace::lambda
