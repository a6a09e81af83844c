#include <fmt/format.h>

#include <algorithm>

#include "emulator/base/encoding.h"
#include "emulator/protocol/pages.h"
#include "emulator/services/logs/event_keys.h"
#include "emulator/services/logs/group_keys.h"
#include "emulator/services/logs/logs.h"

namespace millrace::logs {

using namespace protocol;

namespace {

constexpr size_t kPageBytesMax = 1u << 20;

/// The first 19 digits of what is left of a digest: tells tokens of another stream and altered ones, not a secret.
std::string check_of(const std::string& list, const std::string& position) {
  const std::string digest = sha256(std::to_string(list.size()) + ":" + list + position);
  uint64_t number = 0;
  for (size_t i = 0; i < sizeof number; ++i) number = number << 8 | static_cast<uint8_t>(digest[i]);
  return fmt::format("{:019d}", number % 10'000'000'000'000'000'000u);
}

/// "f/<56 digits>/s" or "b/...": where the page that it asks for begins or ends. The digits are the time (17), a check of the
/// list that the token is of (19) and the event's number (20).
std::string token(const std::string& list, char direction, Position at) {
  constexpr Millis kTimeMax = 99'999'999'999'999'999;
  const std::string time = fmt::format("{:017d}", std::min(at.timestamp_ms, kTimeMax));
  const std::string number = fmt::format("{:020d}", at.number);
  return std::string(1, direction) + "/" + time + check_of(list, direction + time + number) + number + "/s";
}

std::optional<std::pair<char, Position>> parse_token(const std::string& list, const std::string& text) {
  bool fits = text.size() == 60 && (text[0] == 'f' || text[0] == 'b') && text[1] == '/' && text.ends_with("/s") &&
              text.find_first_not_of("0123456789", 2) == 58;
  if (!fits) return std::nullopt;
  const std::string time = text.substr(2, 17), number = text.substr(38, 20);
  if (text.substr(19, 19) != check_of(list, text[0] + time + number)) return std::nullopt;
  return std::pair(text[0],
                   Position{std::strtoll(time.c_str(), nullptr, 10), std::strtoull(number.c_str(), nullptr, 10)});
}

struct PageRequest {
  Position from, to;  // the window that startTime and endTime leave
  bool backward = true;
  size_t limit = 10000;
};

/// At most a page of the stream's events, oldest first; read from the window's end when `backward`.
std::vector<Event> read_page(const Logs& logs, uint64_t stream_id, const PageRequest& request) {
  std::vector<Event> events;
  size_t bytes = 0;
  auto take = [&](const Event& event) {
    bytes += event.message.size() + 26;
    if (!events.empty() && bytes > kPageBytesMax) return false;
    events.push_back(event);
    return events.size() < request.limit;
  };
  each_stream_event(logs.context.store, stream_id, request.from, request.to, request.backward,
                    logs.event_keys->opening(take));
  if (request.backward) std::reverse(events.begin(), events.end());
  return events;
}

}  // namespace

Operation get_log_events(Logs& logs) {
  static const Shape input = structure({
      protocol::optional("logGroupName", group_name_shape()),
      protocol::optional("logGroupIdentifier", group_identifier_shape()),
      required("logStreamName", stream_name_shape()),
      protocol::optional("startTime", integer().at_least(0)),
      protocol::optional("endTime", integer().at_least(0)),
      protocol::optional("nextToken", string().length(1, -1)),
      protocol::optional("limit", integer().range(1, 10000)),
      protocol::optional("startFromHead", boolean()),
  });
  auto handle = [&logs](Call& call) -> Result<Json> {
    TRY(std::string group, named_group(call.input));
    TRY(LogGroup log_group, find_group(logs.context.store, place_of(call), group));
    TRY_VOID(standard_class_only(log_group));
    TRY_VOID(check_group_key(logs, place_of(call), log_group));
    TRY(LogStream stream, find_stream(logs.context.store, place_of(call), group, text_of(call.input, "logStreamName")));
    PageRequest request;
    request.from = {
        std::max(int_of(call.input, "startTime", 0), retention_horizon(log_group, logs.context.clock.now_ms())), 0};
    request.to = {int_of(call.input, "endTime", INT64_MAX), 0};
    request.backward = !bool_of(call.input, "startFromHead");
    request.limit = static_cast<size_t>(int_of(call.input, "limit", 10000));
    const std::string list = list_name(call, group + ":" + text_of(call.input, "logStreamName"));
    Position here = request.from;  // of an empty page: what is written later lies behind it
    if (auto text = optional_text(call.input, "nextToken")) {
      auto parsed = parse_token(list, *text);
      if (!parsed) return AwsError(errors::invalid_parameter, "The specified nextToken is invalid.");
      here = parsed->second;
      request.backward = parsed->first == 'b';
      if (request.backward)
        request.to = here;
      else if (std::pair(here.timestamp_ms, here.number) > std::pair(request.from.timestamp_ms, request.from.number))
        request.from = here;
    }
    std::vector<Event> events = read_page(logs, stream.id, request);
    Json shown = Json::array();
    for (const Event& event : events)
      shown.push_back(
          {{"timestamp", event.timestamp_ms}, {"message", event.message}, {"ingestionTime", event.ingested_ms}});
    // Both tokens always come; at the end of the stream the one that was sent comes back.
    Position first = events.empty() ? here : Position{events.front().timestamp_ms, events.front().number};
    Position after = events.empty() ? here : Position{events.back().timestamp_ms, events.back().number + 1};
    return Json{{"events", shown},
                {"nextForwardToken", token(list, 'f', after)},
                {"nextBackwardToken", token(list, 'b', first)}};
  };
  return {
      .name = "GetLogEvents", .input = &input, .access = stream_access("GetLogEvents"), .handle = JsonHandler(handle)};
}

}  // namespace millrace::logs
