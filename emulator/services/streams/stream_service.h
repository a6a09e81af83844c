#pragma once
// What the streams' operations share.

#include <optional>
#include <string>

#include "emulator/encryption/key_use.h"
#include "emulator/ports/metrics.h"
#include "emulator/ports/ports.h"
#include "emulator/protocol/operation.h"
#include "emulator/services/service_context.h"
#include "emulator/services/streams/errors.h"
#include "emulator/tables/background.h"
#include "emulator/tables/tables.h"

namespace millrace::streams {

/// Bound into every operation's handler.
struct StreamService {
  /// Begins the streams' upkeep (upkeep.h).
  StreamService(ServiceContext service_context, tables::Tables& all_tables, const ports::Ports& ports);

  ServiceContext context;
  tables::Tables& tables;
  ports::Late<ports::Metrics> metrics;
  encryption::KeyUser key_user;   // of the tables' KMS keys
  tables::Background background;  // last, so that its jobs end before what they use
};

/// `Requested resource not found: Stream: <arn> not found`
AwsError no_such_stream(const std::string& arn);
/// `Requested resource not found: Shard does not exist`
AwsError no_such_shard();
AwsError validation_error(const std::string& text);

/// The stream by its ARN, in the caller's region; ValidationException for what is no stream's ARN.
Result<tables::StreamPtr> find_stream(const StreamService& service, const protocol::Call& call, const std::string& arn);

/// The KMS key that the stream's table is under; its name is empty for a table without, or one that is gone.
encryption::KeyOf key_of(const tables::Tables& tables, const tables::Stream& stream);

/// The caller must be allowed `dynamodb:<action>` on the stream named by `StreamArn`; the stream's policy has
/// its say.
std::function<Result<protocol::AccessNeeds>(const protocol::Call&)> stream_access(StreamService& service,
                                                                                  std::string action);
protocol::AccessNeed stream_need(const StreamService& service, const std::string& action, const std::string& arn);

protocol::Shape stream_arn_shape();
protocol::Shape shard_id_shape();

// Each in the file of its name.
protocol::Operation list_streams(StreamService& service);
protocol::Operation describe_stream(StreamService& service);
protocol::Operation get_shard_iterator(StreamService& service);
protocol::Operation get_records(StreamService& service);

}  // namespace millrace::streams
