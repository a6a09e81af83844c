// GetLogRecord: one event with all its fields, by the @ptr of a query's result. GetLogGroupFields: which fields the
// events of a group have.

#include <algorithm>
#include <cmath>
#include <map>

#include "emulator/services/logs/event_keys.h"
#include "emulator/services/logs/insights/execute.h"
#include "emulator/services/logs/insights/record.h"
#include "emulator/services/logs/logs.h"
#include "emulator/storage/document_form.h"

namespace millrace::logs {

using namespace protocol;

namespace {

constexpr size_t kSampleMax = 1000;      // events that GetLogGroupFields looks at
constexpr Millis kAround = 8 * 60'000;   // it looks at eight minutes before and after `time`
constexpr Millis kLately = 15 * 60'000;  // or at the last fifteen minutes

std::optional<LogGroup> group_with_id(const storage::Reader& reader, const Place& place, uint64_t id) {
  std::optional<LogGroup> found;
  storage::each_model<LogGroup>(reader, group_prefix(place), {}, [&](LogGroup group) {
    if (group.id != id) return true;
    found = std::move(group);
    return false;
  });
  return found;
}

insights::Source source_of(const Place& place, const std::string& group, const std::string& stream, const Event& event,
                           uint64_t group_id) {
  return {event, stream, place.account + ":" + group, insights::record_pointer(group_id, event),
          insights::is_lambda_group(group)};
}

}  // namespace

Operation get_log_record(Logs& logs) {
  static const Shape input =
      structure({required("logRecordPointer", string()), protocol::optional("unmask", boolean())});
  auto handle = [&logs](Call& call) -> Result<Json> {
    Place place = place_of(call);
    auto at = insights::parse_record_pointer(text_of(call.input, "logRecordPointer"));
    // unverified: the wordings.
    if (!at) return AwsError(errors::invalid_parameter, "Invalid log record pointer.");
    auto group = group_with_id(logs.context.store, place, at->group_id);
    std::optional<Event> found;
    if (group) {
      each_group_event(logs.context.store, at->group_id, at->position,
                       {at->position.timestamp_ms, at->position.number + 1}, [&](const Event& event) {
                         found = event;
                         return false;
                       });
    }
    if (found && !logs.event_keys->open(*found)) found.reset();
    if (!found) return AwsError(errors::resource_not_found, "The specified log record does not exist.");
    const std::string& name = group->name;
    auto streams = insights::stream_names(logs.context.store, place, name);
    insights::Source source = source_of(place, name, streams[found->stream_id], *found, at->group_id);
    Json record{{"@timestamp", std::to_string(found->timestamp_ms)},
                {"@ingestionTime", std::to_string(found->ingested_ms)},
                {"@message", found->message},
                {"@logStream", source.stream},
                {"@log", source.log},
                {"@ptr", source.pointer}};
    for (const auto& [field, value] : insights::discovered_fields(source)) record[field] = insights::text_of(value);
    return Json{{"logRecord", std::move(record)}};
  };
  return {.name = "GetLogRecord",
          .input = &input,
          .access = anywhere_access("GetLogRecord"),
          .handle = JsonHandler(handle)};
}

Operation get_log_group_fields(Logs& logs) {
  static const Shape input = structure({
      protocol::optional("logGroupName", group_name_shape()),
      protocol::optional("time", integer().at_least(0)),
      protocol::optional("logGroupIdentifier", group_identifier_shape()),
  });
  auto handle = [&logs](Call& call) -> Result<Json> {
    TRY(std::string name, named_group(call.input));
    Place place = place_of(call);
    TRY(LogGroup group, find_group(logs.context.store, place, name));
    Millis now = logs.context.clock.now_ms(), from = now - kLately, to = now;
    if (auto time = optional_int(call.input, "time")) {
      constexpr int64_t kFarthestS = 8'640'000'000'000;
      Millis middle = std::min(*time, kFarthestS) * 1000;
      from = middle - kAround;
      to = middle + kAround;
    }
    std::map<std::string, size_t> counts;
    size_t events = 0;
    each_group_event_reverse(
        logs.context.store, group.id, {std::max<Millis>(from, 0), 0}, {to + 1, 0},
        logs.event_keys->opening([&](const Event& event) {
          for (const auto& [field, value] : insights::discovered_fields(source_of(place, name, "", event, group.id)))
            ++counts[field];
          return ++events < kSampleMax;
        }));
    for (const char* field : {"@ingestionTime", "@log", "@logStream", "@message", "@timestamp"}) {
      if (events) counts[field] = events;
    }
    Json fields = Json::array();
    for (const auto& [field, count] : counts)
      fields.push_back({{"name", field},
                        {"percent", static_cast<int>(std::lround(100.0 * static_cast<double>(count) /
                                                                 static_cast<double>(events)))}});
    std::stable_sort(fields.begin(), fields.end(),
                     [](const Json& a, const Json& b) { return int_of(a, "percent") > int_of(b, "percent"); });
    return Json{{"logGroupFields", std::move(fields)}};
  };
  return {.name = "GetLogGroupFields",
          .input = &input,
          .access = group_access("GetLogGroupFields"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::logs
