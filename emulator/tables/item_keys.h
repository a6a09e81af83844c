#pragma once
// Where items and index entries lie: order-preserving keys, documented with vectors in
// emulator/storage/KEYS.md.
//
//   item         u64 table id | u32 hash | partition part | [sort part]
//   index entry  u64 table id | u64 index id | u32 hash | partition parts | sort parts | base partition |
//   [base sort]
//
// The hash is that of the partition parts, so that a scan goes in hash order and segments are ranges of
// hashes, as on AWS. A part holds a value in its type's order: S and B their bytes, N its order-preserving
// form.

#include <optional>
#include <string>
#include <string_view>

#include "emulator/base/attribute/attribute_value.h"
#include "emulator/tables/table.h"

namespace millrace::tables {

/// Appends a key value (S, N or B) as one part. False if the value has another type.
bool append_key_value(std::string& key, const AttributeValue& value);
/// The same without the part's end: the prefix of all parts that begin with the value (for begins_with; S and
/// B).
bool append_key_value_prefix(std::string& key, const AttributeValue& value);

/// The hash of one or several partition parts, as appended by append_key_value. Stored: never change it.
uint32_t partition_hash(std::string_view partition_parts);

/// `u64 table id`: the prefix of all items of a table.
std::string table_prefix(const Table& table);
/// `u64 table id | u64 index id`: the prefix of all entries of an index.
std::string index_prefix(const Table& table, const Index& index);

/// The key of the item whose key attributes stand in `attributes` (an item or a key alone), which must have
/// them with the right types; nullopt otherwise.
std::optional<std::string> item_key(const Table& table, const AttributeMap& attributes);
/// Takes the hash off an item's key (after the table id), or off an index entry's (after the index id).
uint32_t hash_of_item_key(std::string_view item_key);

/// The prefix of one partition: all items, or entries, whose partition attributes have the values in
/// `attributes`.
std::optional<std::string> partition_prefix(const Table& table, const AttributeMap& attributes);
std::optional<std::string> partition_prefix(const Table& table, const Index& index, const AttributeMap& attributes);

/// The key of an item's entry in an index; nullopt if the item lacks one of the index's key attributes (the
/// index is sparse) or one has another type or is empty, which the write path refuses beforehand.
std::optional<std::string> index_key(const Table& table, const Index& index, const AttributeMap& item);
/// The attributes that the index holds of an item: the entry's value is encode_item() of it.
AttributeMap project(const Table& table, const Index& index, const AttributeMap& item);

/// The key attributes of an item alone.
AttributeMap key_attributes(const KeySchema& schema, const AttributeMap& item);

/// The part of the hash range that a parallel scan's segment covers: first <= hash <= last.
struct HashRange {
  uint32_t first = 0;
  uint32_t last = 0xffffffff;
};
HashRange segment_range(uint32_t segment, uint32_t total_segments);

}  // namespace millrace::tables
