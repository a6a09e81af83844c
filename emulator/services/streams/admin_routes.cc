#include "emulator/services/streams/admin_routes.h"

#include "emulator/services/streams/stream_service.h"

namespace millrace::streams {

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

/// What time does on AWS: every open shard of the stream gets one child now, or, if `split_shard_id` is given, that open
/// shard gets two. ResourceNotFoundException: no such stream or open shard (or the stream has as many as it may).
Result<void> change_shards(storage::Store& store, tables::Tables& tables, const std::string& stream_arn,
                           const std::string& split_shard_id) {
  return store.transact([&](storage::Txn& txn) -> Result<void> {
    tables::StreamPtr stream = tables.streams.find(stream_arn);
    if (!stream) return no_such_stream(stream_arn);
    if (split_shard_id.empty())
      tables.streams.roll(txn, stream->id);
    else if (!tables.streams.split(txn, stream->id, split_shard_id))
      return no_such_shard();
    return {};
  });
}

HttpReply change(storage::Store& store, tables::Tables& tables, const std::string& arn,
                 const std::string& split_shard) {
  Result<void> changed = change_shards(store, tables, arn, split_shard);
  if (changed.has_error()) return json_reply(404, {{"message", changed.error().message}});
  StreamPtr stream = tables.streams.find(arn);
  return stream ? shards_reply(*stream) : json_reply(404, {{"message", "The stream went meanwhile"}});
}

}  // namespace

std::vector<AdminRoute> admin_routes(storage::Store& store, tables::Tables& tables) {
  auto route = [&tables](const std::string& name, Action action) {
    auto handler = [&tables, action = std::move(action)](const HttpRequest& request, const AdminRespond& respond) {
      respond(with_stream(tables, std::string(request.raw_query()), action));
    };
    return AdminRoute{name, handler, true};  // changes wait for their commit
  };
  auto shards = [](const tables::Stream& stream, const std::string&) { return shards_reply(stream); };
  auto roll = [&store, &tables](const tables::Stream& stream, const std::string&) {
    if (stream.status != tables::StreamStatus::enabled)
      return json_reply(404, {{"message", "The stream is disabled: all its shards are closed"}});
    return change(store, tables, stream.arn, "");
  };
  auto split = [&store, &tables](const tables::Stream& stream, const std::string& wanted) {
    std::string shard = wanted;
    for (const tables::Shard& candidate : stream.shards) {
      if (shard.empty() && !candidate.last) shard = candidate.id;
    }
    if (shard.empty()) return json_reply(404, {{"message", "The stream is disabled: all its shards are closed"}});
    return change(store, tables, stream.arn, shard);
  };
  return {route("GET streams/shards", shards), route("POST streams/roll", roll), route("POST streams/split", split)};
}

}  // namespace millrace::streams
