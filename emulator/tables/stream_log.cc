#include "emulator/tables/stream_log.h"

#include <algorithm>

#include "emulator/base/attribute/item_codec.h"
#include "emulator/base/encoding.h"
#include "emulator/base/store_fault.h"
#include "emulator/base/trace.h"
#include "emulator/storage/documents.h"
#include "emulator/storage/seals.h"
#include "emulator/tables/stream_document.h"
#include "emulator/tables/stream_live.h"

namespace millrace::tables {

namespace {

constexpr std::string_view kSequenceKey = "streams.next_sequence";
// Sequences are reserved in the store this many at a time; a restart skips what is left of them.
constexpr uint64_t kReservation = 1'000'000;

std::string pad(uint64_t value, size_t width) {
  std::string digits = std::to_string(value);
  return std::string(width - std::min(width, digits.size()), '0') + digits;
}

}  // namespace

const char* text(StreamStatus status) {
  switch (status) {
    case StreamStatus::enabling: return "ENABLING";
    case StreamStatus::enabled: return "ENABLED";
    case StreamStatus::disabling: return "DISABLING";
    case StreamStatus::disabled: return "DISABLED";
  }
  return "DISABLED";
}

const Shard* Stream::shard(std::string_view shard_id) const {
  for (const Shard& candidate : shards) {
    if (candidate.id == shard_id) return &candidate;
  }
  return nullptr;
}

std::string sequence_text(uint64_t sequence) {
  return "1" + pad(sequence, 20);
}

std::optional<uint64_t> parse_sequence(std::string_view text) {
  if (text.size() != 21 || text[0] != '1') return std::nullopt;
  uint64_t value = 0;
  for (char c : text.substr(1)) {
    if (c < '0' || c > '9' || value > (UINT64_MAX - 9) / 10) return std::nullopt;
    value = value * 10 + static_cast<uint64_t>(c - '0');
  }
  return value;
}

StreamLog::StreamLog(storage::Store& store, Clock& clock, Random& random)
    : store_(store), clock_(clock), random_(random) {
  load();
}

void StreamLog::load() {
  if (auto stored = store_.get(storage::Family::meta, kSequenceKey)) {
    std::string_view bytes = *stored;
    next_sequence_ = reserved_ = storage::take_u64(bytes).value_or(1);
  }
  storage::each_document(store_, stream_documents_prefix(), {}, [&](std::string_view, Json document) {
    auto stream = stream_from_document(document);
    if (!stream) fail_damaged("the description of the stream " + text_of(document, "arn"));
    auto entry = std::make_shared<Live>();
    MutexLock lock(mutex_);
    by_arn_[stream->arn] = stream->id;
    streams_[stream->id] = entry;
    MutexLock inner(entry->mutex);
    entry->stream = std::make_shared<const Stream>(std::move(*stream));
    return true;
  });
}

StreamLog::LivePtr StreamLog::live(uint64_t stream_id) const {
  MutexLock lock(mutex_);
  auto it = streams_.find(stream_id);
  return it == streams_.end() ? nullptr : it->second;
}

uint64_t StreamLog::take_sequence(storage::Txn& txn) {
  if (next_sequence_ + 1 >= reserved_) {
    // Written by every change until one of them commits: an earlier one may be rolled back.
    uint64_t reserve = next_sequence_ + kReservation;
    std::string value;
    storage::append_u64(value, reserve);
    txn.put(storage::Family::meta, kSequenceKey, value);
    txn.after_commit([this, reserve] { reserved_ = std::max(reserved_, reserve); });
  }
  return next_sequence_++;
}

void StreamLog::append(storage::Txn& txn, const Table& table, const ItemChange& change) {
  if (!table.stream.enabled) return;
  LivePtr entry = live(table.stream.id);
  if (!entry) return;
  StreamPtr stream = entry->current();
  const Shard* shard = nullptr;
  for (const Shard& candidate : stream->shards) {
    if (!candidate.last && candidate.hashes.first <= change.partition_hash &&
        change.partition_hash <= candidate.hashes.last)
      shard = &candidate;
  }
  if (!shard) return;  // the stream is closed

  bool keeps_new = stream->view_type == ViewType::new_image || stream->view_type == ViewType::new_and_old_images;
  bool keeps_old = stream->view_type == ViewType::old_image || stream->view_type == ViewType::new_and_old_images;
  std::string event_id;
  storage::append_u64(event_id, random_.next());
  storage::append_u64(event_id, random_.next());
  std::string keys = encode_item(change.keys);

  StoredRecord record;
  record.event_name = !change.old_image  ? ports::EventName::insert
                      : change.new_image ? ports::EventName::modify
                                         : ports::EventName::remove;
  record.view_type = stream->view_type;
  record.by_ttl = change.by_ttl;
  record.created_ms = clock_.now_ms();
  record.event_id = event_id;
  record.keys = keys;
  size_t size = size_bytes(change.keys);
  if (keeps_new && change.new_image) {
    record.new_image = change.new_image;
    size += change.new_size_bytes;
  }
  if (keeps_old && change.old_image) {
    record.old_image = change.old_image;
    size += change.old_size_bytes;
  }
  record.size_bytes = static_cast<uint32_t>(size);
  const uint64_t sequence = take_sequence(txn);
  txn.put(storage::Family::streams, record_key(stream->id, shard->number, sequence), encode_record(record));
  if (trace::on()) trace::note_write(trace::Cause(stream, &stream->arn), sequence);
  txn.after_commit([entry = std::move(entry)] { entry->wake(); });
}

StreamPtr StreamLog::find(std::string_view stream_arn) const {
  LivePtr entry;
  {
    MutexLock lock(mutex_);
    auto it = by_arn_.find(stream_arn);
    if (it == by_arn_.end()) return nullptr;
    entry = streams_.at(it->second);
  }
  return entry->current();
}

StreamPtr StreamLog::by_id(uint64_t stream_id) const {
  LivePtr entry = live(stream_id);
  return entry ? entry->current() : nullptr;
}

std::vector<StreamPtr> StreamLog::all() const {
  std::vector<LivePtr> entries;
  {
    MutexLock lock(mutex_);
    for (const auto& [id, entry] : streams_) entries.push_back(entry);
  }
  std::vector<StreamPtr> out;
  for (const auto& entry : entries) out.push_back(entry->current());
  return out;
}

std::vector<StreamPtr> StreamLog::list(std::string_view account, std::string_view region) const {
  std::vector<StreamPtr> out;
  for (StreamPtr& stream : all()) {
    if (stream->account == account && stream->region == region) out.push_back(std::move(stream));
  }
  std::sort(out.begin(), out.end(), [](const StreamPtr& a, const StreamPtr& b) {
    return std::tie(a->table_name, a->label) < std::tie(b->table_name, b->label);
  });
  return out;
}

StreamLog::Position StreamLog::scan(const Stream& stream, const Shard& shard, uint64_t after,
                                    const std::function<bool(const StoredRecord&)>& visit) const {
  Position position;
  uint64_t from = std::max(after, shard.trimmed_through);
  position.trimmed = after != 0 && after < shard.trimmed_through;
  position.after = from;
  Millis horizon = clock_.now_ms() - kStreamRetentionMs;
  bool stopped = false;
  store_.scan(storage::Family::streams, record_key(stream.id, shard.number, from + 1),
              storage::prefix_end(shard_prefix(stream.id, shard.number)),
              [&](std::string_view key, std::string_view value) {
                if (storage::is_sealed(storage::Family::streams, value)) return true;  // a check opens none
                auto record = decode_record(key, value);
                if (!record) fail_damaged("a record of the stream " + stream.arn);
                if (record->created_ms < horizon) {  // trim() hasn't come to it yet
                  position.trimmed = position.trimmed || after != 0;
                } else if (!visit(*record)) {
                  stopped = true;
                  return false;
                }
                position.after = record->sequence;
                return true;
              });
  position.end_of_shard = !stopped && shard.last.has_value();
  return position;
}

StreamLog::Page StreamLog::read(const Stream& stream, const Shard& shard, uint64_t after, size_t limit,
                                size_t bytes_max) const {
  Page page;
  size_t bytes = 0;
  Position position = scan(stream, shard, after, [&](const StoredRecord& stored) {
    if (page.records.size() >= limit || (!page.records.empty() && bytes + stored.stored_bytes > bytes_max))
      return false;
    auto keys = decode_item(stored.keys);
    if (!keys) fail_damaged("a record of the stream " + stream.arn);
    bytes += stored.stored_bytes;
    ports::StreamRecord record;
    record.event_id = to_hex(stored.event_id);
    record.event_name = stored.event_name;
    record.sequence_number = sequence_text(stored.sequence);
    record.created_ms = stored.created_ms;
    record.size_bytes = stored.size_bytes;
    record.view_type = text(stored.view_type);
    record.keys = std::move(*keys);
    if (stored.new_image) record.new_image = decode_item(*stored.new_image);
    if (stored.old_image) record.old_image = decode_item(*stored.old_image);
    if ((stored.new_image && !record.new_image) || (stored.old_image && !record.old_image))
      fail_damaged("a record of the stream " + stream.arn);
    record.by_ttl = stored.by_ttl;
    page.records.push_back(std::move(record));
    return true;
  });
  page.position = position.after;
  page.end_of_shard = position.end_of_shard;
  page.trimmed = position.trimmed;
  return page;
}

uint64_t StreamLog::latest(const Stream& stream, const Shard& shard) const {
  uint64_t newest = std::max(shard.first - 1, shard.trimmed_through);
  std::string prefix = shard_prefix(stream.id, shard.number);
  store_.scan_reverse(storage::Family::streams, prefix, storage::prefix_end(prefix),
                      [&](std::string_view key, std::string_view) {
                        key.remove_prefix(16);
                        newest = std::max(newest, storage::take_u64(key).value_or(0));
                        return false;
                      });
  return newest;
}

std::shared_ptr<void> StreamLog::subscribe(const std::string& stream_arn, std::function<void()> wake) {
  LivePtr entry;
  {
    MutexLock lock(mutex_);
    auto it = by_arn_.find(stream_arn);
    if (it != by_arn_.end()) entry = streams_.at(it->second);
  }
  auto subscriber = std::make_shared<Subscriber>();
  {
    MutexLock lock(subscriber->mutex);
    subscriber->wake = std::move(wake);
  }
  if (entry) {
    MutexLock lock(entry->mutex);
    entry->subscribers.push_back(subscriber);
  }
  // Released: no wake runs any more once this returns.
  return {subscriber.get(), [subscriber, entry](void*) {
            {
              MutexLock lock(subscriber->mutex);
              subscriber->wake = nullptr;
            }
            if (!entry) return;
            MutexLock lock(entry->mutex);
            std::erase(entry->subscribers, subscriber);
          }};
}

}  // namespace millrace::tables
