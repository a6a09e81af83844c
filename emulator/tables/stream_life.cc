// How streams begin, change their shards, and end.

#include <algorithm>

#include "emulator/storage/documents.h"
#include "emulator/tables/stream_document.h"
#include "emulator/tables/stream_live.h"
#include "emulator/tables/stream_log.h"

namespace millrace::tables {

namespace {

std::string shard_id(Millis opened_ms, Random& random) {
  std::string digits = std::to_string(opened_ms);
  return "shardId-" + std::string(20 - digits.size(), '0') + digits + "-" + random.hex(8);
}

size_t open_shards(const Stream& stream) {
  return static_cast<size_t>(
      std::count_if(stream.shards.begin(), stream.shards.end(), [](const Shard& shard) { return !shard.last; }));
}

}  // namespace

void StreamLog::put(storage::Txn& txn, Stream stream) {
  std::sort(stream.shards.begin(), stream.shards.end(), [](const Shard& a, const Shard& b) { return a.id < b.id; });
  txn.put(storage::Family::meta, stream_document_key(stream.id), to_text(to_document(stream)));
  auto shared = std::make_shared<const Stream>(std::move(stream));
  txn.after_commit([this, shared] {
    LivePtr entry;
    {
      MutexLock lock(mutex_);
      LivePtr& slot = streams_[shared->id];
      if (!slot) slot = std::make_shared<Live>();
      entry = slot;
      by_arn_[shared->arn] = shared->id;
      MutexLock inner(entry->mutex);
      entry->stream = shared;
    }
    entry->wake();
  });
}

void StreamLog::erase(storage::Txn& txn, const Stream& stream) {
  txn.erase(storage::Family::meta, stream_document_key(stream.id));
  std::string prefix;
  storage::append_u64(prefix, stream.id);
  txn.erase_range(storage::Family::streams, prefix, storage::prefix_end(prefix));
  txn.after_commit([this, id = stream.id, arn = stream.arn] {
    LivePtr gone;
    {
      MutexLock lock(mutex_);
      by_arn_.erase(arn);
      auto it = streams_.find(id);
      if (it == streams_.end()) return;
      gone = it->second;
      streams_.erase(it);
    }
    gone->wake();
  });
}

void StreamLog::add_shard(storage::Txn& txn, Stream& stream, const Shard* parent, HashRange hashes) {
  Shard shard;
  shard.first = take_sequence(txn);
  shard.number = shard.first;
  shard.opened_ms = clock_.now_ms();
  if (parent) {
    shard.parent_id = parent->id;
    shard.opened_ms = std::max(shard.opened_ms, parent->opened_ms + 1);  // ids sort parents before children
  }
  shard.id = shard_id(shard.opened_ms, random_);
  shard.hashes = hashes;
  stream.shards.push_back(std::move(shard));
}

void StreamLog::close_shard(storage::Txn& txn, Shard& shard) {
  shard.last = take_sequence(txn);
  shard.closed_ms = clock_.now_ms();
}

void StreamLog::open(storage::Txn& txn, const Table& table) {
  Stream stream;
  stream.id = table.stream.id;
  stream.table_id = table.id;
  stream.account = table.account;
  stream.region = table.region;
  stream.table_name = table.name;
  stream.arn = table.stream.arn;
  stream.label = table.stream.label;
  stream.key = table.key;
  stream.view_type = table.stream.view_type;
  stream.created_ms = clock_.now_ms();
  add_shard(txn, stream, nullptr, HashRange{});
  put(txn, std::move(stream));
}

void StreamLog::close(storage::Txn& txn, uint64_t stream_id, StreamStatus status) {
  StreamPtr current = by_id(stream_id);
  if (!current) return;
  Stream stream = *current;
  for (Shard& shard : stream.shards) {
    if (!shard.last) close_shard(txn, shard);
  }
  stream.status = status;
  if (!stream.disabled_ms) stream.disabled_ms = clock_.now_ms();
  put(txn, std::move(stream));
}

void StreamLog::roll(storage::Txn& txn, uint64_t stream_id, Millis age_ms) {
  StreamPtr current = by_id(stream_id);
  if (!current || current->status != StreamStatus::enabled) return;
  Stream stream = *current;
  bool changed = false;
  for (const Shard& parent : current->shards) {
    if (parent.last || parent.opened_ms + age_ms > clock_.now_ms()) continue;
    for (Shard& shard : stream.shards) {
      if (shard.number == parent.number) close_shard(txn, shard);
    }
    add_shard(txn, stream, &parent, parent.hashes);
    changed = true;
  }
  if (changed) put(txn, std::move(stream));
}

bool StreamLog::split(storage::Txn& txn, uint64_t stream_id, std::string_view shard_id) {
  StreamPtr current = by_id(stream_id);
  if (!current || current->status != StreamStatus::enabled || open_shards(*current) >= kOpenShardsMax) return false;
  const Shard* parent = current->shard(shard_id);
  if (!parent || parent->last || parent->hashes.first == parent->hashes.last) return false;
  Stream stream = *current;
  for (Shard& shard : stream.shards) {
    if (shard.number == parent->number) close_shard(txn, shard);
  }
  uint32_t middle = parent->hashes.first + (parent->hashes.last - parent->hashes.first) / 2;
  add_shard(txn, stream, parent, {parent->hashes.first, middle});
  add_shard(txn, stream, parent, {middle + 1, parent->hashes.last});
  put(txn, std::move(stream));
  return true;
}

namespace {

/// The last sequence of the shard's records that were made before the horizon, and when the next one was made
/// (-1: no more records).
struct Expired {
  uint64_t through = 0;
  Millis next_created_ms = -1;
};

Expired expired_records(const storage::Reader& reader, const Stream& stream, const Shard& shard, Millis horizon) {
  Expired expired;
  expired.through = shard.trimmed_through;
  std::string prefix = shard_prefix(stream.id, shard.number);
  std::string from = record_key(stream.id, shard.number, shard.trimmed_through + 1);
  reader.scan(storage::Family::streams, from, storage::prefix_end(prefix),
              [&](std::string_view key, std::string_view value) {
                auto record = decode_record(key, value);
                if (!record) return true;
                if (record->created_ms >= horizon) {
                  expired.next_created_ms = record->created_ms;
                  return false;
                }
                expired.through = record->sequence;
                return true;
              });
  return expired;
}

}  // namespace

void StreamLog::trim(uint64_t stream_id) {
  StreamPtr seen = by_id(stream_id);
  if (!seen) return;
  // Records never change and only grow at the end, so what is too old is found beside the writer thread.
  Millis horizon = clock_.now_ms() - kStreamRetentionMs;
  std::map<uint64_t, Expired> expired;
  for (const Shard& shard : seen->shards) expired[shard.number] = expired_records(store_, *seen, shard, horizon);

  Result<void> trimmed = store_.transact([&](storage::Txn& txn) -> Result<void> {
    StreamPtr current = by_id(stream_id);
    if (!current) return {};
    Stream stream = *current;
    bool changed = false;
    std::erase_if(stream.shards, [&](Shard& shard) {
      auto it = expired.find(shard.number);
      if (it == expired.end()) return false;
      if (it->second.through > shard.trimmed_through) {
        txn.erase_range(storage::Family::streams, shard_prefix(stream.id, shard.number),
                        record_key(stream.id, shard.number, it->second.through + 1));
        shard.trimmed_through = it->second.through;
        changed = true;
      }
      bool gone = shard.last && it->second.next_created_ms < 0 && shard.closed_ms < horizon;
      changed = changed || gone;
      return gone;
    });
    if (stream.shards.empty())
      erase(txn, stream);
    else if (changed)
      put(txn, std::move(stream));
    return {};
  });
  (void)trimmed;  // the disk's refusal is logged; the next round tries again
}

Millis StreamLog::next_trim_ms(uint64_t stream_id) const {
  StreamPtr stream = by_id(stream_id);
  if (!stream) return -1;
  Millis next = -1;
  auto earlier = [&](Millis at) {
    if (next < 0 || at < next) next = at;
  };
  for (const Shard& shard : stream->shards) {
    Expired expired = expired_records(store_, *stream, shard, clock_.now_ms() - kStreamRetentionMs);
    if (expired.through > shard.trimmed_through) earlier(clock_.now_ms());
    if (expired.next_created_ms >= 0)
      earlier(expired.next_created_ms + kStreamRetentionMs + 1);
    else if (shard.last)
      earlier(shard.closed_ms + kStreamRetentionMs + 1);
  }
  return next;
}

}  // namespace millrace::tables
