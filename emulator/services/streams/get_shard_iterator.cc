#include "emulator/services/streams/shard_iterator.h"
#include "emulator/services/streams/stream_service.h"

namespace millrace::streams {

using namespace protocol;
using tables::Shard;
using tables::Stream;

namespace {

/// The sequence after which the iterator reads.
Result<uint64_t> position(const StreamService& service, const Stream& stream, const Shard& shard, const Json& input) {
  std::string type = text_of(input, "ShardIteratorType");
  auto number = optional_text(input, "SequenceNumber");
  bool by_number = type == "AT_SEQUENCE_NUMBER" || type == "AFTER_SEQUENCE_NUMBER";
  // unverified: AWS answers with a ValidationException; the texts aren't recorded
  if (by_number && !number)
    return validation_error("Must either specify SequenceNumber or use a ShardIteratorType that doesn't need one: " +
                            type);
  if (!by_number && number)
    return validation_error("SequenceNumber must not be specified when ShardIteratorType is " + type);
  if (type == "TRIM_HORIZON") return 0;
  if (type == "LATEST") return service.tables.streams.latest(stream, shard);
  auto sequence = tables::parse_sequence(*number);
  if (!sequence) return validation_error("Invalid SequenceNumber: " + *number);
  if (*sequence < shard.first || (shard.last && *sequence > *shard.last))
    return validation_error("Invalid SequenceNumber: " + *number + " is not in the shard " + shard.id);
  uint64_t after = type == "AT_SEQUENCE_NUMBER" ? *sequence - 1 : *sequence;
  // Numbers below the shard's first record are its start; what was trimmed since is an error.
  if (after != 0 && after < shard.trimmed_through)
    return AwsError(errors::trimmed, "The data you are trying to access has been trimmed");
  return after;
}

}  // namespace

Operation get_shard_iterator(StreamService& service) {
  static const Shape input = structure({
      required("StreamArn", stream_arn_shape()),
      required("ShardId", shard_id_shape()),
      required("ShardIteratorType",
               string().one_of({"TRIM_HORIZON", "LATEST", "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"})),
      optional("SequenceNumber", string().length(21, 40)),
  });
  auto handle = [&service](Call& call) -> Result<Json> {
    TRY(tables::StreamPtr stream, find_stream(service, call, text_of(call.input, "StreamArn")));
    const Shard* shard = stream->shard(text_of(call.input, "ShardId"));
    if (!shard) return no_such_shard();
    TRY(uint64_t after, position(service, *stream, *shard, call.input));
    ShardIterator iterator{stream->arn, shard->number, after, service.context.clock.now_ms()};
    return Json{{"ShardIterator", write_iterator(iterator)}};
  };
  return {.name = "GetShardIterator",
          .input = &input,
          .access = stream_access(service, "GetShardIterator"),
          .handle = JsonHandler(handle),
          .runs = Runs::inlined};
}

}  // namespace millrace::streams
