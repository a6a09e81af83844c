#pragma once
// The streams of the tables: an ordered log of item changes per shard, written in the same change as the
// item.
//
// A stream lives on its own: it outlives its disabling and its table by 24 hours. Its document lies in
// Family::meta, its records in Family::streams (emulator/storage/KEYS.md). A record goes to the open shard
// whose hash range holds its partition key. Shards close and get children (roll: one child, split: two), as
// on AWS every four hours.
//
// Sequence numbers come from one counter on the writer thread, so they grow in the order of the commits,
// within a shard and across its lineage. They are 21 digits: a 1 and the counter.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/mutex.h"
#include "emulator/base/random.h"
#include "emulator/base/result.h"
#include "emulator/ports/stream_reader.h"
#include "emulator/storage/store.h"
#include "emulator/tables/item_keys.h"
#include "emulator/tables/table.h"

namespace millrace::tables {

inline constexpr Millis kStreamRetentionMs = 24 * 3600 * 1000;
inline constexpr Millis kShardLifeMs = 4 * 3600 * 1000;
/// At this many shards a stream isn't split any more: 40,000 changes a second on AWS, and DescribeStream
/// stays small.
inline constexpr size_t kOpenShardsMax = 64;

enum class StreamStatus : uint8_t { enabling = 1, enabled = 2, disabling = 3, disabled = 4 };
const char* text(StreamStatus status);

struct Shard {
  uint64_t number = 0;  // part of its records' keys; unique within the stream, grows
  std::string id;       // "shardId-00000001700000000000-1a2b3c4d"
  std::string parent_id;
  uint64_t first = 0;            // sequence counter at its opening
  std::optional<uint64_t> last;  // at its closing
  uint64_t trimmed_through = 0;  // records up to here are gone
  HashRange hashes;
  Millis opened_ms = 0;
  Millis closed_ms = 0;
};

/// One stream, immutable; a change makes a new one.
struct Stream {
  uint64_t id = 0;
  uint64_t table_id = 0;
  std::string account, region, table_name, arn, label;
  KeySchema key;
  ViewType view_type = ViewType::new_and_old_images;
  StreamStatus status = StreamStatus::enabled;
  Millis created_ms = 0;
  Millis disabled_ms = 0;
  std::vector<Shard> shards;  // parents before children, in order of their ids

  const Shard* shard(std::string_view shard_id) const;
};
using StreamPtr = std::shared_ptr<const Stream>;

/// What an item write tells the stream. Images are encode_item() bytes.
struct ItemChange {
  const AttributeMap& keys;
  uint32_t partition_hash = 0;
  std::optional<std::string_view> old_image;  // none: the item is new (INSERT)
  std::optional<std::string_view> new_image;  // none: the item goes (REMOVE)
  size_t old_size_bytes = 0;                  // by the item-size rules
  size_t new_size_bytes = 0;
  bool by_ttl = false;
};

/// A record's sequence number as clients see it, and back (nullopt: not one of ours).
std::string sequence_text(uint64_t sequence);
std::optional<uint64_t> parse_sequence(std::string_view text);

class StreamLog {
 public:
  StreamLog(storage::Store& store, Clock& clock, Random& random);

  /// Adds the record of one effective change, if the table's stream is enabled. Only from a change that is
  /// running: the record becomes readable, and readers are woken, with that change's commit. A write that
  /// changes nothing must not call it.
  void append(storage::Txn& txn, const Table& table, const ItemChange& change);

  /// A number above all given before, for records and whatever else wants an order of its own; from a running
  /// change.
  uint64_t take_sequence(storage::Txn& txn);

  // The life of streams; from changes that run by Store::transact.

  /// Opens a stream for the table, which gives its id, label, ARN and view type by `table.stream`.
  void open(storage::Txn& txn, const Table& table);
  /// Closes all shards; the stream stays readable until its records are trimmed.
  void close(storage::Txn& txn, uint64_t stream_id, StreamStatus status = StreamStatus::disabled);
  /// Gives every open shard that is older than `age_ms` one child (0: all of them).
  void roll(storage::Txn& txn, uint64_t stream_id, Millis age_ms = 0);
  /// Gives the open shard two children. False if there is no such open shard or kOpenShardsMax is reached.
  bool split(storage::Txn& txn, uint64_t stream_id, std::string_view shard_id);
  // Reading; from any thread.

  StreamPtr find(std::string_view stream_arn) const;
  StreamPtr by_id(uint64_t stream_id) const;
  /// All streams of an account and region, ordered by table name and label.
  std::vector<StreamPtr> list(std::string_view account, std::string_view region) const;
  std::vector<StreamPtr> all() const;

  struct Page {
    std::vector<ports::StreamRecord> records;
    uint64_t position = 0;      // read on after this
    bool end_of_shard = false;  // the shard is closed and nothing follows
    bool trimmed = false;       // `after` isn't 0 and records above it are gone; these start at the horizon
  };
  /// Records with a sequence above `after` (0: from the horizon), oldest first: at most `limit` and about
  /// `bytes_max` stored bytes (at least one record).
  Page read(const Stream& stream, const Shard& shard, uint64_t after, size_t limit, size_t bytes_max) const;
  /// The newest sequence in the shard, or its first minus one.
  uint64_t latest(const Stream& stream, const Shard& shard) const;

  /// The same without building values: `visit` gets each record in its stored form and returns false to stop
  /// (that record counts as not read).
  struct StoredRecord {
    uint64_t sequence = 0;
    ports::EventName event_name = ports::EventName::insert;
    ViewType view_type = ViewType::new_and_old_images;
    bool by_ttl = false;
    Millis created_ms = 0;
    uint32_t size_bytes = 0;
    std::string_view event_id;  // 16 bytes
    std::string_view keys;      // encode_item() bytes, as the images
    std::optional<std::string_view> new_image, old_image;
    size_t stored_bytes = 0;
  };
  struct Position {
    uint64_t after = 0;
    bool end_of_shard = false;
    bool trimmed = false;
  };
  Position scan(const Stream& stream, const Shard& shard, uint64_t after,
                const std::function<bool(const StoredRecord&)>& visit) const;

  /// Erases records older than the retention, closed shards without records, and closed streams without
  /// shards. Makes its own changes; call it from a thread that may wait.
  void trim(uint64_t stream_id);
  /// When the oldest record or shard becomes old enough for trim() to do something, or -1.
  Millis next_trim_ms(uint64_t stream_id) const;

  /// ports::StreamReader::subscribe. A stream that doesn't exist gives a subscription that never wakes.
  std::shared_ptr<void> subscribe(const std::string& stream_arn, std::function<void()> wake);

 private:
  struct Live;  // one stream with its readers
  using LivePtr = std::shared_ptr<Live>;
  void load();
  LivePtr live(uint64_t stream_id) const;
  void put(storage::Txn& txn, Stream stream);
  void erase(storage::Txn& txn, const Stream& stream);
  void add_shard(storage::Txn& txn, Stream& stream, const Shard* parent, HashRange hashes);
  void close_shard(storage::Txn& txn, Shard& shard);

  storage::Store& store_;
  Clock& clock_;
  Random& random_;

  // Writer thread only.
  uint64_t next_sequence_ = 1;
  uint64_t reserved_ = 0;  // sequences below it are reserved in the store

  mutable Mutex mutex_;
  std::map<uint64_t, LivePtr> streams_ GUARDED_BY(mutex_);
  std::map<std::string, uint64_t, std::less<>> by_arn_ GUARDED_BY(mutex_);
};

}  // namespace millrace::tables
