#include "emulator/tables/item_history.h"

#include "emulator/storage/keys.h"

namespace millrace::tables {

namespace {

std::string history_prefix(uint64_t history_id) {
  std::string key;
  storage::append_u64(key, history_id);
  return key;
}

}  // namespace

void append_history(storage::Txn& txn, uint64_t history_id, uint64_t sequence, Millis now, std::string_view item_key,
                    std::string_view old_item) {
  std::string key = history_prefix(history_id);
  storage::append_u64(key, sequence);
  std::string value;
  storage::append_u64(value, static_cast<uint64_t>(now));
  storage::append_u32(value, static_cast<uint32_t>(item_key.size()));
  value.append(item_key).append(old_item);
  txn.put(storage::Family::streams, key, value);
}

void each_change_back(const storage::Reader& reader, uint64_t history_id, Millis at,
                      const std::function<void(const PastChange&)>& visit) {
  std::string prefix = history_prefix(history_id);
  reader.scan_reverse(storage::Family::streams, prefix, storage::prefix_end(prefix),
                      [&](std::string_view, std::string_view value) {
                        auto ms = storage::take_u64(value);
                        auto length = storage::take_u32(value);
                        if (!ms || !length || value.size() < *length) return true;
                        if (static_cast<Millis>(*ms) <= at) return false;
                        visit({value.substr(0, *length), value.substr(*length), static_cast<Millis>(*ms)});
                        return true;
                      });
}

void trim_history(storage::Store& store, uint64_t history_id, Millis horizon) {
  std::string prefix = history_prefix(history_id), kept = storage::prefix_end(prefix);
  store.scan(storage::Family::streams, prefix, storage::prefix_end(prefix),
             [&](std::string_view key, std::string_view value) {
               auto ms = storage::take_u64(value);
               if (!ms || static_cast<Millis>(*ms) < horizon) return true;
               kept = key;
               return false;
             });
  store.erase_unreferenced(storage::Family::streams, prefix, kept);
}

void erase_history(storage::Txn& txn, uint64_t history_id) {
  std::string prefix = history_prefix(history_id);
  txn.erase_range(storage::Family::streams, prefix, storage::prefix_end(prefix));
}

}  // namespace millrace::tables
