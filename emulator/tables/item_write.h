#pragma once
// One effective change of one item, everywhere it shows: the item, its index entries, its expiry, its stream
// record and the figures. All in the caller's change, so all or nothing.
//
//   expiry  u64 table id | u64 0 | u64 expiry second | item key after the table id     (Family::indexes,
//   empty value)

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/storage/store.h"
#include "emulator/tables/item_keys.h"
#include "emulator/tables/tables.h"

namespace millrace::tables {

struct ItemWrite {
  std::string_view key;                    // item_key() of the item
  const AttributeMap* old_item = nullptr;  // as stored; none: the item is new
  const AttributeMap* new_item = nullptr;  // none: the item goes
  /// encode_item() of the two where the caller has them; computed otherwise.
  std::string_view old_bytes = {};
  std::string_view new_bytes = {};
  bool by_ttl = false;
  bool without_stream_record = false;  // import and restore
};

/// What the change did to an index, for capacity figures. Sizes by the item-size rules, of the entries.
struct IndexWrite {
  const Index* index = nullptr;
  bool erased_old = false;
  bool put_new = false;
  size_t old_size_bytes = 0;
  size_t new_size_bytes = 0;
};

/// Writes the change. The caller has decided that it is effective (the item differs) and valid, and that
/// `table` is the table as it is now. The table's replicas are written as well. Returns what happened to the
/// indexes that were touched.
std::vector<IndexWrite> write_item(storage::Txn& txn, Tables& tables, const Table& table, const ItemWrite& write);

/// Writes an older item into a new replica, unless a later write has brought it there. True if it was
/// written.
bool copy_to_replica(storage::Txn& txn, Tables& tables, const Table& peer, std::string_view item_key,
                     std::string_view stored);

/// When the item expires, in seconds since the epoch: the table's TTL attribute where it is a number and not
/// negative.
std::optional<int64_t> expiry_of(const Table& table, const AttributeMap& item);

/// `u64 table id | u64 0`, and with the second and the item's key an expiry entry.
std::string expiry_prefix(const Table& table);
std::string expiry_key(const Table& table, int64_t expiry_s, std::string_view item_key);

}  // namespace millrace::tables
