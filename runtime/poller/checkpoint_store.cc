#include "runtime/poller/checkpoint_store.h"

#include "emulator/base/log.h"
#include "emulator/storage/keys.h"

namespace millrace::poller {

namespace {

using storage::Family;

std::string mapping_prefix(const std::string& mapping_uuid) {
  return storage::document_key({"lambda", "position", mapping_uuid});
}

std::string position_key(const std::string& mapping_uuid, const std::string& shard_id) {
  return storage::document_key({"lambda", "position", mapping_uuid, shard_id});
}

void ignore(storage::Outcome) {}  // a lost position is a repeated delivery; the store logs a refusing disk itself

}  // namespace

std::map<std::string, std::string> StoredCheckpoints::load(const std::string& mapping_uuid) {
  std::map<std::string, std::string> result;
  std::string prefix = mapping_prefix(mapping_uuid);
  store_.scan(Family::meta, prefix, storage::prefix_end(prefix), [&](std::string_view key, std::string_view value) {
    key.remove_prefix(prefix.size());
    if (auto shard_id = storage::take_part(key)) result.emplace(*shard_id, value);
    return true;
  });
  return result;
}

void StoredCheckpoints::save(const std::string& mapping_uuid, const std::string& shard_id, const std::string& value) {
  store_.submit(
      [key = position_key(mapping_uuid, shard_id), value](storage::Txn& txn) {
        txn.put(Family::meta, key, value);
        return true;
      },
      ignore);
}

void StoredCheckpoints::save_now(const std::string& mapping_uuid, const std::map<std::string, std::string>& values) {
  auto result = store_.transact([&](storage::Txn& txn) -> Result<void> {
    for (const auto& [shard_id, value] : values) txn.put(Family::meta, position_key(mapping_uuid, shard_id), value);
    return {};
  });
  if (result.has_error()) log::error("event source mapping " + mapping_uuid + ": its position could not be saved");
}

void StoredCheckpoints::erase(const std::string& mapping_uuid, const std::string& shard_id) {
  store_.submit(
      [key = position_key(mapping_uuid, shard_id)](storage::Txn& txn) {
        txn.erase(Family::meta, key);
        return true;
      },
      ignore);
}

void StoredCheckpoints::erase_all(const std::string& mapping_uuid) {
  store_.submit(
      [prefix = mapping_prefix(mapping_uuid)](storage::Txn& txn) {
        txn.erase_range(Family::meta, prefix, storage::prefix_end(prefix));
        return true;
      },
      ignore);
}

}  // namespace millrace::poller
