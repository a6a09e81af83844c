#include <algorithm>

#include "emulator/base/attribute/item_codec.h"
#include "emulator/base/encoding.h"
#include "emulator/services/streams/shard_iterator.h"
#include "emulator/services/streams/stream_service.h"

namespace millrace::streams {

using namespace protocol;
using Stored = tables::StreamLog::StoredRecord;

namespace {

constexpr size_t kRecordsMax = 1000;
constexpr size_t kPageBytesMax = 1 << 20;

/// Appends the record's JSON, straight from its stored form.
void append_record(std::string& out, const Stored& record, const std::string& region) {
  out += R"({"eventID":")" + to_hex(record.event_id) + R"(","eventName":")" + ports::event_name_text(record.event_name);
  out += R"(","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":")" + region;
  out += R"(","dynamodb":{"ApproximateCreationDateTime":)" + std::to_string(record.created_ms / 1000) + R"(,"Keys":)";
  append_item_json(out, record.keys);
  if (record.new_image) {
    out += R"(,"NewImage":)";
    append_item_json(out, *record.new_image);
  }
  if (record.old_image) {
    out += R"(,"OldImage":)";
    append_item_json(out, *record.old_image);
  }
  out += R"(,"SequenceNumber":")" + tables::sequence_text(record.sequence) + R"(","SizeBytes":)" +
         std::to_string(record.size_bytes);
  out += R"(,"StreamViewType":")" + std::string(tables::text(record.view_type)) + R"("})";
  if (record.by_ttl) out += R"(,"userIdentity":{"PrincipalId":"dynamodb.amazonaws.com","Type":"Service"})";
  out += "}";
}

/// AWS/DynamoDB's metrics of streams.
void count(const StreamService& service, const Call& call, const tables::Stream& stream, size_t records, size_t bytes) {
  ports::Metrics* metrics = service.metrics.get();
  if (!metrics) return;
  ports::MetricName name{call.caller.account, stream.region, "AWS/DynamoDB", "ReturnedRecordsCount", {}, "Count"};
  name.dimensions = {{"TableName", stream.table_name}, {"StreamLabel", stream.label}, {"Operation", "GetRecords"}};
  metrics->count(name, static_cast<double>(records));
  name.name = "ReturnedBytes";
  name.unit = "Bytes";
  metrics->count(name, static_cast<double>(bytes));
  name.name = "SuccessfulRequestLatency";
  name.unit = "Milliseconds";
  metrics->count(name, static_cast<double>(std::max<Millis>(service.context.clock.now_ms() - call.received_ms, 0)));
}

Result<HttpReply> read_page(const StreamService& service, const Call& call, const tables::Stream& stream,
                            ShardIterator iterator, size_t limit) {
  const tables::Shard* shard = nullptr;
  for (const auto& candidate : stream.shards) {
    if (candidate.number == iterator.shard_number) shard = &candidate;
  }
  if (!shard) return AwsError(errors::trimmed, "The data you are trying to access has been trimmed");
  HttpReply reply;
  reply.body = R"({"Records":[)";
  size_t count_of_records = 0, bytes = 0;
  auto position = service.tables.streams.scan(stream, *shard, iterator.after, [&](const Stored& record) {
    if (count_of_records >= limit || (count_of_records && bytes + record.stored_bytes > kPageBytesMax)) return false;
    if (count_of_records++) reply.body += ",";
    bytes += record.stored_bytes;
    append_record(reply.body, record, stream.region);
    return true;
  });
  if (position.trimmed) return AwsError(errors::trimmed, "The data you are trying to access has been trimmed");
  reply.body += "]";
  if (!position.end_of_shard) {
    iterator.after = position.after;
    iterator.issued_ms = service.context.clock.now_ms();
    reply.body += R"(,"NextShardIterator":")" + write_iterator(iterator) + R"(")";
  }
  reply.body += "}";
  count(service, call, stream, count_of_records, bytes);
  return reply;
}

}  // namespace

Operation get_records(StreamService& service) {
  static const Shape input = structure({
      required("ShardIterator", string().length(1, 2048)),
      optional("Limit", integer().range(1, kRecordsMax)),
  });
  auto handle = [&service](Call& call) -> Result<HttpReply> {
    auto iterator = read_iterator(text_of(call.input, "ShardIterator"));
    if (!iterator) return validation_error("Invalid ShardIterator");  // unverified: AWS's text isn't recorded
    TRY(tables::StreamPtr stream, find_stream(service, call, iterator->stream_arn));
    // unverified: clients match the code; the text isn't recorded
    if (service.context.clock.now_ms() - iterator->issued_ms > kIteratorLifeMs)
      return AwsError(errors::expired_iterator, "Iterator expired: it was created more than 15 minutes ago");
    // unverified: the words of DynamoDB's own operations
    auto used = encryption::use_key(service.key_user, key_of(service.tables, *stream), call, {"Decrypt"});
    if (used.has_error())
      return AwsError(
          errors::access_denied,
          "KMS key access denied error: " + encryption::exception_words(used.error(), service.context.random.uuid()));
    return read_page(service, call, *stream, std::move(*iterator),
                     static_cast<size_t>(int_of(call.input, "Limit", kRecordsMax)));
  };
  auto access = [&service](const Call& call) -> Result<AccessNeeds> {
    auto iterator = read_iterator(text_of(call.input, "ShardIterator"));
    return AccessNeeds{stream_need(service, "GetRecords", iterator ? iterator->stream_arn : "*")};
  };
  return {.name = "GetRecords", .input = &input, .access = access, .handle = ReplyHandler(handle)};
}

}  // namespace millrace::streams
