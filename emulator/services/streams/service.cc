#include "emulator/services/streams/service.h"

#include "emulator/services/streams/errors.h"
#include "emulator/services/streams/stream_reader.h"
#include "emulator/services/streams/stream_service.h"

namespace millrace::streams {

namespace {

std::vector<protocol::Operation> all_operations(StreamService& service) {
  return {list_streams(service), describe_stream(service), get_shard_iterator(service), get_records(service)};
}

/// The protocol's face, together with the state that its operations are bound to.
class StreamsService final : public protocol::JsonService {
 public:
  explicit StreamsService(std::unique_ptr<StreamService> service)
      : JsonService({"DynamoDBStreams_20120810", "application/x-amz-json-1.0", true, errors::service_errors()},
                    all_operations(*service)),
        service_(std::move(service)) {}

 private:
  std::unique_ptr<StreamService> service_;
};

}  // namespace

Room make_room(ServiceContext context, tables::Tables& tables) {
  return {std::make_shared<StreamsService>(std::make_unique<StreamService>(std::move(context), tables)),
          std::make_shared<TableStreamReader>(tables)};
}

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

}  // namespace millrace::streams
