#pragma once
// DynamoDB Streams: ListStreams, DescribeStream, GetShardIterator, GetRecords, and the port by which pollers
// read.

#include <memory>

#include "emulator/ports/stream_reader.h"
#include "emulator/protocol/service.h"
#include "emulator/services/service_context.h"
#include "emulator/tables/tables.h"

namespace millrace::streams {

struct Room {
  std::shared_ptr<protocol::Service> service;
  std::shared_ptr<ports::StreamReader> reader;  // what pollers read by; lives as long as `tables`
};
Room make_room(ServiceContext context, tables::Tables& tables);

/// For the admin API, what time does on AWS: every open shard of the stream gets one child now, or, if
/// `split_shard_id` is given, that open shard gets two. ResourceNotFoundException: no such stream or open
/// shard (or the stream has as many as it may).
Result<void> change_shards(storage::Store& store, tables::Tables& tables, const std::string& stream_arn,
                           const std::string& split_shard_id = {});

}  // namespace millrace::streams
