#include <fmt/format.h>

#include <algorithm>

#include "emulator/base/page_token.h"
#include "emulator/protocol/pages.h"
#include "emulator/services/logs/logs.h"
#include "emulator/storage/document_form.h"

namespace millrace::logs {

using namespace protocol;

namespace {

Json describe(const Place& place, const std::string& group, const LogStream& stream) {
  Json out{{"logStreamName", stream.name}, {"creationTime", stream.created_ms}};
  if (stream.last_event_ms) {
    out["firstEventTimestamp"] = stream.first_event_ms.value_or(0);
    out["lastEventTimestamp"] = *stream.last_event_ms;
    out["lastIngestionTime"] = stream.last_ingestion_ms.value_or(0);
    out["uploadSequenceToken"] = "1";
  }
  out["arn"] = group_arn(place, group) + ":log-stream:" + stream.name;
  out["storedBytes"] = 0;  // always, since June 2019
  return out;
}

/// Where a stream stands, as a text that compares so: by name, or by the last event's time (streams without events come
/// first) and then by name.
std::string position_of(const LogStream& stream, bool by_time) {
  return by_time ? fmt::format("{:020}", stream.last_event_ms.value_or(0)) + stream.name : stream.name;
}

/// The streams behind `after` (empty: all), in order.
std::vector<std::pair<std::string, LogStream>> in_order(std::vector<LogStream> streams, bool by_time, bool descending,
                                                        const std::string& after) {
  std::vector<std::pair<std::string, LogStream>> out;
  for (LogStream& stream : streams) {
    std::string position = position_of(stream, by_time);
    bool behind = after.empty() || (descending ? position < after : after < position);
    if (behind) out.emplace_back(std::move(position), std::move(stream));
  }
  std::sort(out.begin(), out.end(),
            [descending](const auto& a, const auto& b) { return descending ? b.first < a.first : a.first < b.first; });
  return out;
}

}  // namespace

Operation describe_log_streams(Logs& logs) {
  static const Shape input = structure({
      protocol::optional("logGroupName", group_name_shape()),
      protocol::optional("logGroupIdentifier", group_identifier_shape()),
      protocol::optional("logStreamNamePrefix", stream_name_shape()),
      protocol::optional("orderBy", string().one_of({"LogStreamName", "LastEventTime"})),
      protocol::optional("descending", boolean()),
      protocol::optional("nextToken", string().length(1, -1)),
      protocol::optional("limit", integer().range(1, 50)),
  });
  auto handle = [&logs](Call& call) -> Result<Json> {
    TRY(std::string group, named_group(call.input));
    Place place = place_of(call);
    bool by_time = text_of(call.input, "orderBy") == "LastEventTime";
    std::string prefix = text_of(call.input, "logStreamNamePrefix");
    if (by_time && !prefix.empty())
      return AwsError(errors::invalid_parameter, "Cannot order by LastEventTime with a logStreamNamePrefix.");
    TRY_VOID(find_group(logs.context.store, place, group));
    std::vector<LogStream> streams;
    for (LogStream& stream : storage::list_models<LogStream>(logs.context.store, stream_prefix(place, group))) {
      if (stream.name.starts_with(prefix)) streams.push_back(std::move(stream));
    }
    bool descending = bool_of(call.input, "descending");
    auto limit = static_cast<size_t>(int_of(call.input, "limit", 50));
    const std::string list = list_name(call, group + (by_time ? " time" : " name") + (descending ? " down " : " up "));
    std::string after;
    if (auto token = optional_text(call.input, "nextToken")) {
      auto position = page_position(list, *token);
      if (!position) return AwsError(errors::invalid_parameter, "The specified nextToken is invalid.");
      after = std::move(*position);
    }
    auto ordered = in_order(std::move(streams), by_time, descending, after);
    Json page = Json::array();
    for (size_t i = 0; i < ordered.size() && i < limit; ++i) page.push_back(describe(place, group, ordered[i].second));
    Json out{{"logStreams", page}};
    if (ordered.size() > limit) out["nextToken"] = page_token(list, ordered[limit - 1].first);
    return out;
  };
  return {.name = "DescribeLogStreams",
          .input = &input,
          .access = group_access("DescribeLogStreams"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::logs
