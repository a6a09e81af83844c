#include "emulator/services/streams/stream_reader.h"

#include "emulator/base/store_fault.h"
#include "emulator/services/streams/stream_service.h"

namespace millrace::streams {

Result<std::vector<ports::ShardInfo>> TableStreamReader::shards(const std::string& stream_arn) {
  tables::StreamPtr stream = streams_.find(stream_arn);
  if (!stream) return no_such_stream(stream_arn);
  std::vector<ports::ShardInfo> out;
  for (const auto& shard : stream->shards) {
    ports::ShardInfo info{shard.id, shard.parent_id, tables::sequence_text(shard.first), std::nullopt};
    if (shard.last) info.ending_sequence_number = tables::sequence_text(*shard.last);
    out.push_back(std::move(info));
  }
  return out;
}

Result<ports::StreamReader::Page> TableStreamReader::read(const std::string& stream_arn, const std::string& shard_id,
                                                          const std::string& after, size_t limit, size_t bytes_max) {
  tables::StreamPtr stream = streams_.find(stream_arn);
  if (!stream) return no_such_stream(stream_arn);
  const tables::Shard* shard = stream->shard(shard_id);
  if (!shard) return no_such_shard();
  uint64_t position = after.empty() ? 0 : tables::parse_sequence(after).value_or(0);
  try {
    auto page = streams_.read(*stream, *shard, position, limit, bytes_max);
    return Page{std::move(page.records), page.end_of_shard, page.trimmed};
  } catch (const StoreFault& fault) {  // the mapping's status says so; it goes no further
    return AwsError(kStoreFault, fault.what());
  }
}

Result<std::string> TableStreamReader::latest(const std::string& stream_arn, const std::string& shard_id) {
  tables::StreamPtr stream = streams_.find(stream_arn);
  if (!stream) return no_such_stream(stream_arn);
  const tables::Shard* shard = stream->shard(shard_id);
  if (!shard) return no_such_shard();
  return tables::sequence_text(streams_.latest(*stream, *shard));
}

/// unverified: that a function's role needs the key as everybody does who calls GetRecords.
const char* TableStreamReader::denied_by_key(const std::string& stream_arn, const std::string& role_arn) {
  tables::StreamPtr stream = keys_ && authority_ ? streams_.find(stream_arn) : nullptr;
  if (!stream) return nullptr;
  const encryption::KeyOf key = key_of(tables_, *stream);
  if (key.name.empty()) return nullptr;
  const ports::Destination::Sender reader{role_arn, "lambda.amazonaws.com", "", stream->account};
  const encryption::KeyUser user{keys_.get(), nullptr, "dynamodb"};
  return encryption::use_key_as_sender(user, key, *authority_, reader, {"Decrypt"}).has_error() ? "kms:Decrypt"
                                                                                                : nullptr;
}

ports::StreamReader::Subscription TableStreamReader::subscribe(const std::string& stream_arn,
                                                               std::function<void()> wake) {
  return streams_.subscribe(stream_arn, std::move(wake));
}

}  // namespace millrace::streams
