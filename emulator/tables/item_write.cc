#include "emulator/tables/item_write.h"

#include "emulator/base/attribute/item_codec.h"
#include "emulator/base/store_fault.h"
#include "emulator/storage/keys.h"
#include "emulator/tables/item_history.h"

namespace millrace::tables {

namespace {

constexpr size_t kTableIdBytes = 8;

void move_expiry(storage::Txn& txn, Tables& tables, const Table& table, const ItemWrite& write) {
  if (table.ttl_attribute.empty()) return;
  auto before = write.old_item ? expiry_of(table, *write.old_item) : std::nullopt;
  auto after = write.new_item ? expiry_of(table, *write.new_item) : std::nullopt;
  if (before == after) return;
  if (before) txn.erase(storage::Family::indexes, expiry_key(table, *before, write.key));
  if (!after) return;
  txn.put(storage::Family::indexes, expiry_key(table, *after, write.key), "");
  txn.after_commit([&tables, id = table.id, second = *after] {
    if (tables.expiry_noted) tables.expiry_noted(id, second);
  });
}

void move_entry(storage::Txn& txn, Tables& tables, const Table& table, const Index& index, const ItemWrite& write,
                std::vector<IndexWrite>& out) {
  auto old_key = write.old_item ? index_key(table, index, *write.old_item) : std::nullopt;
  auto new_key = write.new_item ? index_key(table, index, *write.new_item) : std::nullopt;
  if (!old_key && !new_key) return;
  AttributeMap old_entry, new_entry;
  if (old_key) old_entry = project(table, index, *write.old_item);
  if (new_key) new_entry = project(table, index, *write.new_item);
  if (old_key == new_key && old_entry == new_entry) return;

  IndexWrite touched;
  touched.index = &index;
  touched.old_size_bytes = old_key ? size_bytes(old_entry) : 0;
  touched.new_size_bytes = new_key ? size_bytes(new_entry) : 0;
  touched.erased_old = old_key && old_key != new_key;
  touched.put_new = new_key.has_value();
  // While an index is being filled, the old entry may not be there yet.
  bool counted = old_key && (index.status != IndexStatus::creating || txn.get(storage::Family::indexes, *old_key));
  if (touched.erased_old) txn.erase(storage::Family::indexes, *old_key);
  if (touched.put_new) txn.put(storage::Family::indexes, *new_key, encode_item(new_entry));
  tables.statistics.add(
      txn, index.id, (touched.put_new ? 1 : 0) - (counted ? 1 : 0),
      static_cast<int64_t>(touched.new_size_bytes) - (counted ? static_cast<int64_t>(touched.old_size_bytes) : 0));
  out.push_back(touched);
}

std::vector<IndexWrite> write_here(storage::Txn& txn, Tables& tables, const Table& table, const ItemWrite& write) {
  bool streamed = table.stream.enabled && !write.without_stream_record;
  std::string old_encoded, new_encoded;
  std::string_view old_bytes = write.old_bytes, new_bytes = write.new_bytes;
  if (write.old_item && old_bytes.empty() && (streamed || table.history_id))
    old_bytes = old_encoded = encode_item(*write.old_item);
  if (write.new_item && new_bytes.empty()) new_bytes = new_encoded = encode_item(*write.new_item);

  if (write.new_item)
    txn.put(storage::Family::items, write.key, new_bytes);
  else
    txn.erase(storage::Family::items, write.key);
  std::vector<IndexWrite> touched;
  for (const Index& index : table.indexes) {
    if (index.maintained()) move_entry(txn, tables, table, index, write, touched);
  }
  move_expiry(txn, tables, table, write);

  if (table.history_id) {
    append_history(txn, table.history_id, tables.streams.take_sequence(txn), tables.clock.now_ms(),
                   write.key.substr(kTableIdBytes), old_bytes);
  }

  size_t old_size = write.old_item ? size_bytes(*write.old_item) : 0;
  size_t new_size = write.new_item ? size_bytes(*write.new_item) : 0;
  tables.statistics.add(txn, table.id, (write.new_item ? 1 : 0) - (write.old_item ? 1 : 0),
                        static_cast<int64_t>(new_size) - static_cast<int64_t>(old_size));
  if (!streamed) return touched;
  AttributeMap keys = key_attributes(table.key, write.new_item ? *write.new_item : *write.old_item);
  ItemChange change{keys, hash_of_item_key(write.key)};
  if (write.old_item) change.old_image = old_bytes;
  if (write.new_item) change.new_image = new_bytes;
  change.old_size_bytes = old_size;
  change.new_size_bytes = new_size;
  change.by_ttl = write.by_ttl;
  tables.streams.append(txn, table, change);
  return touched;
}

/// The same change in the table's replicas. The last writer wins, so what was there before doesn't matter.
void replicate(storage::Txn& txn, Tables& tables, const Table& table, const ItemWrite& write) {
  for (const Replica& replica : table.replicas) {
    TablePtr peer = tables.catalog.find(table.account, replica.region, table.name);
    if (!peer) continue;
    std::string key = table_prefix(*peer) + std::string(write.key.substr(kTableIdBytes));
    auto stored = txn.get(storage::Family::items, key);
    auto old_item = stored ? decode_item(*stored) : std::nullopt;
    if (stored && !old_item) fail_damaged("an item of the table " + peer->name);
    if (!old_item && !write.new_item) continue;
    if (old_item && write.new_item && *old_item == *write.new_item) continue;
    ItemWrite there;
    there.key = key;
    there.old_item = old_item ? &*old_item : nullptr;
    there.new_item = write.new_item;
    write_here(txn, tables, *peer, there);
  }
}

}  // namespace

std::vector<IndexWrite> write_item(storage::Txn& txn, Tables& tables, const Table& table, const ItemWrite& write) {
  if (!table.replicas.empty()) replicate(txn, tables, table, write);
  return write_here(txn, tables, table, write);
}

bool copy_to_replica(storage::Txn& txn, Tables& tables, const Table& peer, std::string_view item_key,
                     std::string_view stored) {
  std::string key = table_prefix(peer) + std::string(item_key.substr(kTableIdBytes));
  if (txn.get(storage::Family::items, key)) return false;
  auto item = decode_item(stored);
  if (!item) fail_damaged("an item of the table " + peer.name);
  ItemWrite there;
  there.key = key;
  there.new_item = &*item;
  write_here(txn, tables, peer, there);
  return true;
}

std::optional<int64_t> expiry_of(const Table& table, const AttributeMap& item) {
  const AttributeValue* value = item.find(table.ttl_attribute);
  const Number* number = value ? value->get_if<Number>() : nullptr;
  if (!number || number->is_negative()) return std::nullopt;
  if (auto whole = number->to_int64()) return whole;
  // A fraction of a second: the whole seconds count. Beyond 18 digits: no time that will come.
  std::string text = number->text();
  size_t point = text.find('.');
  if (point == std::string::npos || point > 18) return std::nullopt;
  return std::stoll(text.substr(0, point));
}

std::string expiry_prefix(const Table& table) {
  std::string key = table_prefix(table);
  storage::append_u64(key, 0);
  return key;
}

std::string expiry_key(const Table& table, int64_t expiry_s, std::string_view item_key) {
  std::string key = expiry_prefix(table);
  storage::append_u64(key, static_cast<uint64_t>(expiry_s));
  key.append(item_key.substr(kTableIdBytes));
  return key;
}

}  // namespace millrace::tables
