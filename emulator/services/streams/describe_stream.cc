#include <algorithm>

#include "emulator/services/streams/stream_service.h"

namespace millrace::streams {

using namespace protocol;
using tables::Shard;
using tables::Stream;

namespace {

constexpr size_t kPageMax = 100;

Json key_schema(const tables::KeySchema& key) {
  Json out = Json::array();
  for (const auto& attribute : key.partition) out.push_back({{"AttributeName", attribute.name}, {"KeyType", "HASH"}});
  for (const auto& attribute : key.sort) out.push_back({{"AttributeName", attribute.name}, {"KeyType", "RANGE"}});
  return out;
}

Json shard_json(const Shard& shard) {
  Json out{{"ShardId", shard.id},
           {"SequenceNumberRange", {{"StartingSequenceNumber", tables::sequence_text(shard.first)}}}};
  if (shard.last) out["SequenceNumberRange"]["EndingSequenceNumber"] = tables::sequence_text(*shard.last);
  if (!shard.parent_id.empty()) out["ParentShardId"] = shard.parent_id;
  return out;
}

/// The stream's shards that the request asks for, in the order of their ids.
std::vector<const Shard*> chosen_shards(const Stream& stream, const Json& input) {
  std::string start = text_of(input, "ExclusiveStartShardId");
  const Json* filter = find(input, "ShardFilter");
  std::vector<const Shard*> chosen;
  if (!start.empty() && !stream.shard(start)) return chosen;  // an unknown one: nothing follows it
  for (const Shard& shard : stream.shards) {
    if (!start.empty() && shard.id <= start) continue;
    if (filter && shard.parent_id != text_of(*filter, "ShardId")) continue;
    chosen.push_back(&shard);
  }
  return chosen;
}

}  // namespace

Operation describe_stream(StreamService& service) {
  static const Shape input = structure({
      required("StreamArn", stream_arn_shape()),
      optional("Limit", integer().range(1, kPageMax)),
      optional("ExclusiveStartShardId", shard_id_shape()),
      optional("ShardFilter",
               structure({required("Type", string().one_of({"CHILD_SHARDS"})), required("ShardId", shard_id_shape())})),
  });
  auto handle = [&service](Call& call) -> Result<Json> {
    TRY(tables::StreamPtr stream, find_stream(service, call, text_of(call.input, "StreamArn")));
    size_t limit = static_cast<size_t>(int_of(call.input, "Limit", kPageMax));
    auto chosen = chosen_shards(*stream, call.input);
    Json shards = Json::array();
    for (size_t i = 0; i < std::min(limit, chosen.size()); ++i) shards.push_back(shard_json(*chosen[i]));
    Json description{{"StreamArn", stream->arn},
                     {"StreamLabel", stream->label},
                     {"StreamStatus", text(stream->status)},
                     {"StreamViewType", text(stream->view_type)},
                     {"CreationRequestDateTime", static_cast<double>(stream->created_ms) / 1000.0},
                     {"TableName", stream->table_name},
                     {"KeySchema", key_schema(stream->key)},
                     {"Shards", shards}};
    if (chosen.size() > limit) description["LastEvaluatedShardId"] = shards.back()["ShardId"];
    return Json{{"StreamDescription", std::move(description)}};
  };
  return {.name = "DescribeStream",
          .input = &input,
          .access = stream_access(service, "DescribeStream"),
          .handle = JsonHandler(handle),
          .runs = Runs::inlined};
}

}  // namespace millrace::streams
