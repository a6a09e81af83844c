#include "emulator/server/admin_streams.h"

#include "emulator/services/streams/service.h"

namespace millrace::server {

using protocol::HttpReply;
using protocol::HttpRequest;
using tables::StreamPtr;

namespace {

HttpReply shards_reply(const tables::Stream& stream) {
  Json shards = Json::array();
  for (const tables::Shard& shard : stream.shards) {
    Json shown{{"shard", shard.id}, {"open", !shard.last}};
    if (!shard.parent_id.empty()) shown["parent"] = shard.parent_id;
    shards.push_back(std::move(shown));
  }
  return json_reply(200, {{"stream", stream.arn}, {"shards", std::move(shards)}});
}

/// The streams that `wanted` means: an ARN means one, a table's name its enabled streams in all accounts and regions.
std::vector<StreamPtr> meant_streams(tables::Tables& tables, const std::string& wanted) {
  if (StreamPtr stream = tables.streams.find(wanted)) return {stream};
  std::vector<StreamPtr> found;
  for (const StreamPtr& stream : tables.streams.all()) {
    if (stream->table_name == wanted && stream->status == tables::StreamStatus::enabled) found.push_back(stream);
  }
  return found;
}

using Action = std::function<HttpReply(const tables::Stream&, const std::string& shard)>;

HttpReply with_stream(tables::Tables& tables, const std::string& raw_query, const Action& action) {
  auto query = protocol::parse_query(raw_query);
  std::string wanted = protocol::query_value(query, "stream").value_or("");
  if (wanted.empty()) return json_reply(400, {{"message", "needs ?stream=<ARN of a stream, or a table's name>"}});
  std::vector<StreamPtr> found = meant_streams(tables, wanted);
  if (found.empty())
    return json_reply(404,
                      {{"message", "There is no such stream, and no table of this name with a stream: " + wanted}});
  if (found.size() > 1) {
    Json arns = Json::array();
    for (const StreamPtr& stream : found) arns.push_back(stream->arn);
    return json_reply(400, {{"message", "Several tables have this name; give the stream's ARN"}, {"streams", arns}});
  }
  return action(*found.front(), protocol::query_value(query, "shard").value_or(""));
}

HttpReply change(storage::Store& store, tables::Tables& tables, const std::string& arn,
                 const std::string& split_shard) {
  Result<void> changed = streams::change_shards(store, tables, arn, split_shard);
  if (changed.has_error()) return json_reply(404, {{"message", changed.error().message}});
  StreamPtr stream = tables.streams.find(arn);
  return stream ? shards_reply(*stream) : json_reply(404, {{"message", "The stream went meanwhile"}});
}

}  // namespace

void add_stream_routes(Admin& admin, storage::Store& store, tables::Tables& tables, WorkerThreads& workers) {
  // Changes wait for their commit, so they run on a thread that may wait.
  auto add = [&](const std::string& route, Action action) {
    admin.add(route, [&tables, &workers, action = std::move(action)](const HttpRequest& request,
                                                                     const Admin::Respond& respond) {
      bool taken = workers.post([&tables, action, query = std::string(request.raw_query()), respond] {
        respond(with_stream(tables, query, action));
      });
      if (!taken) respond(json_reply(503, {{"message", "Too many requests are waiting"}}));
    });
  };
  add("GET streams/shards", [](const tables::Stream& stream, const std::string&) { return shards_reply(stream); });
  add("POST streams/roll", [&store, &tables](const tables::Stream& stream, const std::string&) {
    if (stream.status != tables::StreamStatus::enabled)
      return json_reply(404, {{"message", "The stream is disabled: all its shards are closed"}});
    return change(store, tables, stream.arn, "");
  });
  add("POST streams/split", [&store, &tables](const tables::Stream& stream, const std::string& wanted) {
    std::string shard = wanted;
    for (const tables::Shard& candidate : stream.shards) {
      if (shard.empty() && !candidate.last) shard = candidate.id;
    }
    if (shard.empty()) return json_reply(404, {{"message", "The stream is disabled: all its shards are closed"}});
    return change(store, tables, stream.arn, shard);
  });
}

}  // namespace millrace::server
