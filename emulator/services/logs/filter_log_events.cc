#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "emulator/base/page_token.h"
#include "emulator/protocol/pages.h"
#include "emulator/services/logs/event_keys.h"
#include "emulator/services/logs/filter_pattern.h"
#include "emulator/services/logs/group_keys.h"
#include "emulator/services/logs/logs.h"
#include "emulator/storage/document_form.h"

namespace millrace::logs {

using namespace protocol;

namespace {

constexpr size_t kPageBytesMax = 1u << 20;
constexpr size_t kLookEvery = 4096;       // events between two looks whether the client still waits
constexpr size_t kExaminedMax = 100'000;  // per call; then a token is given, and the page may be empty, as on AWS

std::string text_of_position(Position at) {
  return fmt::format("{}.{}", at.timestamp_ms, at.number);
}

std::optional<Position> position_of(const std::string& text) {
  Position at;
  char extra = 0;
  unsigned long long number = 0;
  long long timestamp = 0;
  if (text.size() > 64 || std::sscanf(text.c_str(), "%lld.%llu%c", &timestamp, &number, &extra) != 2)
    return std::nullopt;
  at.timestamp_ms = timestamp;
  at.number = number;
  return at;
}

/// The wanted streams' names by their ids; all of the group's where none is named. Those that are named must exist.
Result<std::unordered_map<uint64_t, std::string>> wanted_streams(const storage::Reader& reader, const Place& place,
                                                                 const std::string& group, const Json& input) {
  std::unordered_map<uint64_t, std::string> out;
  if (const Json* names = find(input, "logStreamNames")) {
    for (const Json& name : *names) {
      TRY(LogStream stream, find_stream(reader, place, group, name.get<std::string>()));
      out.emplace(stream.id, name.get<std::string>());
    }
    return out;
  }
  std::string prefix = text_of(input, "logStreamNamePrefix");
  storage::each_model<LogStream>(reader, stream_prefix(place, group), {}, [&](const LogStream& stream) {
    if (stream.name.starts_with(prefix)) out.emplace(stream.id, stream.name);
    return true;
  });
  return out;
}

}  // namespace

Operation filter_log_events(Logs& logs) {
  static const Shape input = structure({
      protocol::optional("logGroupName", group_name_shape()),
      protocol::optional("logGroupIdentifier", group_identifier_shape()),
      protocol::optional("logStreamNames", list(stream_name_shape()).length(1, 100)),
      protocol::optional("logStreamNamePrefix", stream_name_shape()),
      protocol::optional("startTime", integer().at_least(0)),
      protocol::optional("endTime", integer().at_least(0)),
      protocol::optional("filterPattern", string().length(0, 1024)),
      protocol::optional("nextToken", string().length(1, -1)),
      protocol::optional("limit", integer().range(1, 10000)),
      protocol::optional("interleaved", boolean()),
  });
  auto handle = [&logs](Call& call) -> Result<Json> {
    TRY(std::string group_name, named_group(call.input));
    Place place = place_of(call);
    TRY(LogGroup group, find_group(logs.context.store, place, group_name));
    TRY_VOID(standard_class_only(group));
    TRY_VOID(check_group_key(logs, place, group));
    if (find(call.input, "logStreamNames") && find(call.input, "logStreamNamePrefix"))
      return AwsError(errors::invalid_parameter,
                      "LogStream name prefix and LogStream names are mutually exclusive parameters.");
    TRY(auto pattern, FilterPattern::compile(text_of(call.input, "filterPattern")));
    TRY(auto streams, wanted_streams(logs.context.store, place, group_name, call.input));
    Position from{int_of(call.input, "startTime", 0), 0},
        to{std::min(int_of(call.input, "endTime", INT64_MAX - 1), INT64_MAX - 1) + 1, 0};
    const std::string list = list_name(call, group_name);
    if (auto token = optional_text(call.input, "nextToken")) {
      auto parsed = position_of(page_position(list, *token).value_or(""));
      if (!parsed) return AwsError(errors::invalid_parameter, "The specified nextToken is invalid.");
      from = *parsed;
    }
    Millis horizon = retention_horizon(group, logs.context.clock.now_ms());
    if (from.timestamp_ms < horizon) from = {horizon, 0};
    auto limit = static_cast<size_t>(int_of(call.input, "limit", 10000));
    Json events = Json::array();
    size_t bytes = 0, examined = 0;
    std::optional<Position> next;
    each_group_event(logs.context.store, group.id, from, to, logs.event_keys->opening([&](const Event& event) {
      auto stream = streams.find(event.stream_id);
      if (events.size() == limit || bytes > kPageBytesMax || ++examined > kExaminedMax) {
        next = Position{event.timestamp_ms, event.number};
        return false;
      }
      if (examined % kLookEvery == 0 && call.http.client.gone()) return false;
      if (stream == streams.end() || !pattern->matches(event.message)) return true;
      bytes += event.message.size() + 26;
      events.push_back({{"logStreamName", stream->second},
                        {"timestamp", event.timestamp_ms},
                        {"message", event.message},
                        {"ingestionTime", event.ingested_ms},
                        {"eventId", event_id(event)}});
      return true;
    }));
    Json out{{"events", events}, {"searchedLogStreams", Json::array()}};
    if (next) out["nextToken"] = page_token(list, text_of_position(*next));
    return out;
  };
  return {.name = "FilterLogEvents",
          .input = &input,
          .access = group_access("FilterLogEvents"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::logs
