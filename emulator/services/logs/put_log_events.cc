#include "emulator/base/arn.h"
#include "emulator/services/logs/arrivals.h"
#include "emulator/services/logs/group_keys.h"
#include "emulator/services/logs/logs.h"

namespace millrace::logs {

using namespace protocol;

namespace {

// Source: PutLogEvents in the API reference.
constexpr int64_t kBatchBytesMax = 1'048'576;
constexpr int64_t kEventBytesMax = 1'048'576;  // 256 KiB before April 2025
constexpr int64_t kEventOverheadBytes = 26;
constexpr Millis kHour = 3'600'000;
constexpr Millis kSpanMax = 24 * kHour;
constexpr Millis kTooNewAfter = 2 * kHour;
constexpr Millis kTooOldBefore = 14 * 24 * kHour;

struct Sorted {
  std::vector<NewEvent> accepted;
  Json rejected = Json::object();
};

/// Checks order, span and size of the batch, and sorts out what is too old, expired or too new.
Result<Sorted> sort_out(const Json& events, Millis now, std::optional<int64_t> retention_days) {
  Sorted out;
  int64_t bytes = 0;
  Millis first = int_of(events.front(), "timestamp"), previous = first;
  size_t too_old_end = 0, expired_end = 0, at = 0;
  for (const Json& event : events) {
    Millis timestamp = int_of(event, "timestamp");
    std::string message = text_of(event, "message");
    if (timestamp < previous)
      return AwsError(errors::invalid_parameter,
                      "Log events in a single PutLogEvents request must be in chronological order.");
    // unverified: the wording for a batch that spans more than a day.
    if (timestamp - first > kSpanMax)
      return AwsError(errors::invalid_parameter,
                      "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.");
    int64_t event_bytes = static_cast<int64_t>(message.size()) + kEventOverheadBytes;
    if (event_bytes > kEventBytesMax)
      return AwsError(errors::invalid_parameter, "Log event too large: " + std::to_string(event_bytes) +
                                                     " bytes exceeds limit of " + std::to_string(kEventBytesMax));
    bytes += event_bytes;
    if (bytes > kBatchBytesMax)
      return AwsError(errors::invalid_parameter, "Upload too large: " + std::to_string(bytes) +
                                                     " bytes exceeds limit of " + std::to_string(kBatchBytesMax));
    previous = timestamp;
    ++at;
    if (retention_days && timestamp < now - *retention_days * 24 * kHour)
      expired_end = at;
    else if (timestamp < now - kTooOldBefore)
      too_old_end = at;
    else if (timestamp > now + kTooNewAfter) {
      if (!out.rejected.contains("tooNewLogEventStartIndex")) out.rejected["tooNewLogEventStartIndex"] = at - 1;
    } else {
      out.accepted.push_back({timestamp, std::move(message)});
    }
  }
  if (too_old_end) out.rejected["tooOldLogEventEndIndex"] = too_old_end;
  if (expired_end) out.rejected["expiredLogEventEndIndex"] = expired_end;
  return out;
}

/// The function whose session it is, if it is one's: the session of a function bears its name.
std::string writer_of(const Caller& caller) {
  if (caller.is_root || caller.principal_arn.find(":assumed-role/") == std::string::npos) return "";
  std::string name = caller.principal_arn.substr(caller.principal_arn.rfind('/') + 1);
  if (size_t at = name.find("@lambda_function"); at != std::string::npos) name.resize(at);
  return make_arn("lambda", caller.region, caller.account, "function:" + name);
}

}  // namespace

Operation put_log_events(Logs& logs) {
  static const Shape input = structure({
      required("logGroupName", group_name_shape()),
      required("logStreamName", stream_name_shape()),
      required("logEvents", list(structure({required("timestamp", integer().at_least(0)),
                                            required("message", string().length(1, -1))})
                                     .named("InputLogEvent"))
                                .length(1, 10000)),
  });
  auto handle = [&logs](Call& call) -> Result<Json> {
    Place place = place_of(call);
    std::string group_name = text_of(call.input, "logGroupName"), stream_name = text_of(call.input, "logStreamName");
    Millis now = logs.context.clock.now_ms();
    // Going through the events is work that the store's writer needn't wait for.
    TRY(LogGroup group, find_group(logs.context.store, place, group_name));
    TRY_VOID(find_stream(logs.context.store, place, group_name, stream_name));
    TRY_VOID(check_group_key(logs, place, group));
    TRY(Sorted sorted, sort_out(call.input["logEvents"], now, group.retention_days));
    call.input.erase("logEvents");
    return logs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(LogGroup current, find_group(txn, place, group_name));
      TRY(LogStream stream, find_stream(txn, place, group_name, stream_name));
      accept_events(logs, txn, place, current, std::move(stream), sorted.accepted, now, writer_of(call.caller));
      Json out{{"nextSequenceToken", std::to_string(now) + "0000000000000000000000000000000000000000000"}};
      if (!sorted.rejected.empty()) out["rejectedLogEventsInfo"] = sorted.rejected;
      return out;
    });
  };
  return {
      .name = "PutLogEvents", .input = &input, .access = stream_access("PutLogEvents"), .handle = JsonHandler(handle)};
}

}  // namespace millrace::logs
