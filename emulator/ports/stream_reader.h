#pragma once
// What the pollers need of DynamoDB Streams. Implemented by emulator/services/streams.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "emulator/base/attribute/attribute_value.h"
#include "emulator/base/clock.h"
#include "emulator/base/result.h"

namespace millrace::ports {

/// What an execution role must be allowed on a stream's ARN, to get an event source mapping and to have it read.
inline constexpr const char* kStreamReadActions[] = {"dynamodb:GetRecords", "dynamodb:GetShardIterator",
                                                     "dynamodb:DescribeStream", "dynamodb:ListStreams"};

/// Numbered as stored: never renumber.
enum class EventName : uint8_t { insert = 1, modify = 2, remove = 3 };
/// "INSERT", "MODIFY", "REMOVE".
const char* event_name_text(EventName name);

/// One change of one item, as the stream keeps it.
struct StreamRecord {
  std::string event_id;  // 32 lower-case hex digits
  EventName event_name = EventName::insert;
  std::string sequence_number;  // decimal digits, all of one length, so they compare as text
  Millis created_ms = 0;        // shown to clients in whole seconds
  int64_t size_bytes = 0;       // keys + images by the item-size rules
  std::string view_type;        // "NEW_AND_OLD_IMAGES", ...
  AttributeMap keys;
  std::optional<AttributeMap> new_image;
  std::optional<AttributeMap> old_image;
  bool by_ttl = false;  // a TTL deletion carries DynamoDB's userIdentity
};

struct ShardInfo {
  std::string shard_id;
  std::string parent_shard_id;  // empty: none
  std::string starting_sequence_number;
  std::optional<std::string> ending_sequence_number;  // set once the shard is closed
};

class StreamReader {
 public:
  virtual ~StreamReader() = default;

  /// The stream's shards, parents before children; ResourceNotFoundException if there is no such stream.
  virtual Result<std::vector<ShardInfo>> shards(const std::string& stream_arn) = 0;

  struct Page {
    std::vector<StreamRecord> records;
    bool end_of_shard = false;  // the shard is closed and nothing follows these records
    bool trimmed = false;       // `after` lay before the horizon; records start at the horizon
  };
  /// Records with a sequence number above `after` (empty: from the horizon), oldest first, at most `limit` and
  /// about `bytes_max` bytes. Reading never consumes.
  virtual Result<Page> read(const std::string& stream_arn, const std::string& shard_id, const std::string& after,
                            size_t limit, size_t bytes_max) = 0;

  /// The newest sequence number handed out in the shard (its start minus one if none), so that reading `after`
  /// it gives exactly what is written from now on. A position for LATEST.
  virtual Result<std::string> latest(const std::string& stream_arn, const std::string& shard_id) = 0;

  /// "kms:Decrypt" if the stream's table lies under a customer's KMS key that can't be used now, or not by this role; null if
  /// reading needs no more than what IAM lets the role do with the stream.
  virtual const char* denied_by_key(const std::string& /*stream_arn*/, const std::string& /*role_arn*/) {
    return nullptr;
  }

  using Subscription = std::shared_ptr<void>;  // ends when released
  /// Calls `wake` after every commit that added records to the stream or changed its shards. It is called on the
  /// committing thread: it may only set flags and post.
  virtual Subscription subscribe(const std::string& stream_arn, std::function<void()> wake) = 0;
};

}  // namespace millrace::ports
