#include <algorithm>

#include "emulator/services/logs/logs.h"
#include "emulator/storage/documents.h"

namespace millrace::logs {

using namespace protocol;

namespace {

Json describe(const Place& place, const std::string& group, const Json& stream) {
  std::string name = text_of(stream, "name");
  Json out{{"logStreamName", name}, {"creationTime", int_of(stream, "created_ms")}};
  if (find(stream, "last_event_ms")) {
    out["firstEventTimestamp"] = int_of(stream, "first_event_ms");
    out["lastEventTimestamp"] = int_of(stream, "last_event_ms");
    out["lastIngestionTime"] = int_of(stream, "last_ingestion_ms");
    out["uploadSequenceToken"] = "1";
  }
  out["arn"] = group_arn(place, group) + ":log-stream:" + name;
  out["storedBytes"] = 0;  // always, since June 2019
  return out;
}

/// By the last event's time; streams without events come last (first when ascending), equal ones by name.
void order_by_time(std::vector<Json>& streams, bool descending) {
  std::sort(streams.begin(), streams.end(), [descending](const Json& a, const Json& b) {
    auto key = [](const Json& s) { return std::pair(int_of(s, "last_event_ms", 0), text_of(s, "name")); };
    return descending ? key(b) < key(a) : key(a) < key(b);
  });
}

}  // namespace

Operation describe_log_streams(Logs& logs) {
  static const Shape input = structure({
      protocol::optional("logGroupName", group_name_shape()),
      protocol::optional("logGroupIdentifier", string().length(1, 2048)),
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
    std::vector<Json> streams;
    for (Json& stream : storage::list_documents(logs.context.store, stream_prefix(place, group))) {
      if (text_of(stream, "name").starts_with(prefix)) streams.push_back(std::move(stream));
    }
    bool descending = bool_of(call.input, "descending");
    if (by_time)
      order_by_time(streams, descending);
    else if (descending)
      std::reverse(streams.begin(), streams.end());

    auto limit = static_cast<size_t>(int_of(call.input, "limit", 50));
    std::string after = text_of(call.input, "nextToken");
    auto from = streams.begin();
    if (!after.empty()) {
      from = std::find_if(streams.begin(), streams.end(), [&](const Json& s) { return text_of(s, "name") == after; });
      if (from == streams.end()) return AwsError(errors::invalid_parameter, "The specified nextToken is invalid.");
      ++from;
    }
    Json page = Json::array();
    for (; from != streams.end() && page.size() < limit; ++from) page.push_back(describe(place, group, *from));
    Json out{{"logStreams", page}};
    if (from != streams.end()) out["nextToken"] = text_of(page.back(), "logStreamName");
    return out;
  };
  return {.name = "DescribeLogStreams",
          .input = &input,
          .access = group_access("DescribeLogStreams"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::logs
