#include "runtime/poller/failure_record.h"

#include <fmt/format.h>

namespace millrace::poller {

namespace {

/// aws/lambda/<mapping>/<shard>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<uuid>
std::string object_key(const std::string& uuid, const std::string& shard_id, Millis now, Random& random) {
  CalendarTime t = calendar(now);
  return fmt::format("aws/lambda/{}/{}/{:04}/{:02}/{:02}/{:04}-{:02}-{:02}T{:02}.{:02}.{:02}-{}", uuid, shard_id,
                     t.year, t.month, t.day, t.year, t.month, t.day, t.hour, t.minute, t.second, random.uuid());
}

}  // namespace

ports::Message failure_message(const Settings& settings, const FailedBatch& batch, Millis now, Random& random) {
  const auto& records = *batch.records;
  Json document;
  document["requestContext"] = {
      {"requestId", batch.request_id},
      {"functionArn", settings.config.function_arn},
      {"condition", batch.condition == GivenUp::retries_exhausted ? "RetryAttemptsExhausted" : "RecordAgeExceeded"},
      {"approximateInvokeCount", batch.invoke_count}};
  if (batch.condition == GivenUp::retries_exhausted) {
    Json response = {{"statusCode", 200}, {"executedVersion", batch.executed_version}};
    response["functionError"] = batch.function_error ? Json("Unhandled") : Json(nullptr);
    document["responseContext"] = std::move(response);
  }
  document["version"] = "1.0";
  document["timestamp"] = iso_millis(now);
  document["DDBStreamBatchInfo"] = {{"shardId", batch.shard_id},
                                    {"startSequenceNumber", records.front().sequence_number},
                                    {"endSequenceNumber", records.back().sequence_number},
                                    {"approximateArrivalOfFirstRecord", iso_seconds(records.front().created_ms)},
                                    {"approximateArrivalOfLastRecord", iso_seconds(records.back().created_ms)},
                                    {"batchSize", records.size()},
                                    {"streamArn", settings.config.event_source_arn}};
  ports::Message message;
  if (settings.config.on_failure_arn.find(":s3:") != std::string::npos) {
    document["payload"] = batch.payload;
    message.s3_key = object_key(settings.config.uuid, batch.shard_id, now, random);
  }
  message.body = to_text(document);
  return message;
}

}  // namespace millrace::poller
