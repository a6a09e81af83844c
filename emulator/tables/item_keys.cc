#include "emulator/tables/item_keys.h"

#include "emulator/storage/keys.h"

namespace millrace::tables {

namespace {

/// The value's bytes in its type's order; false for other types than S, N, B.
bool append_ordered(std::string& out, const AttributeValue& value) {
  if (const auto* text = value.get_if<std::string>()) {
    out.append(*text);
  } else if (const auto* number = value.get_if<Number>()) {
    number->append_key(out);
  } else if (const auto* binary = value.get_if<Binary>()) {
    out.append(binary->bytes);
  } else {
    return false;
  }
  return true;
}

/// Appends the attributes' values; false if one is missing or has another type.
bool append_parts(std::string& key, const std::vector<KeyAttribute>& schema, const AttributeMap& attributes) {
  for (const KeyAttribute& attribute : schema) {
    const AttributeValue* value = attributes.find(attribute.name);
    if (!value || value->type() != attribute.type || !append_key_value(key, *value)) return false;
  }
  return true;
}

/// Appends `u32 hash | partition parts`.
bool append_partition(std::string& key, const KeySchema& schema, const AttributeMap& attributes) {
  std::string parts;
  if (!append_parts(parts, schema.partition, attributes)) return false;
  storage::append_u32(key, partition_hash(parts));
  key += parts;
  return true;
}

/// Empty strings and binaries can't be index keys; such an item has no entry.
bool has_empty_key(const std::vector<KeyAttribute>& schema, const AttributeMap& item) {
  for (const KeyAttribute& attribute : schema) {
    const AttributeValue* value = item.find(attribute.name);
    if (!value) return true;
    if (const auto* text = value->get_if<std::string>(); text && text->empty()) return true;
    if (const auto* binary = value->get_if<Binary>(); binary && binary->bytes.empty()) return true;
  }
  return false;
}

void copy_attributes(AttributeMap& out, const std::vector<KeyAttribute>& schema, const AttributeMap& item) {
  for (const KeyAttribute& attribute : schema) {
    if (const AttributeValue* value = item.find(attribute.name)) out.set(attribute.name, *value);
  }
}

}  // namespace

bool append_key_value(std::string& key, const AttributeValue& value) {
  std::string ordered;
  if (!append_ordered(ordered, value)) return false;
  storage::append_part(key, ordered);
  return true;
}

bool append_key_value_prefix(std::string& key, const AttributeValue& value) {
  if (!append_key_value(key, value)) return false;
  key.resize(key.size() - 2);  // the part's end
  return true;
}

uint32_t partition_hash(std::string_view partition_parts) {
  // FNV-1a of 64 bits, then mixed down: FNV alone leaves short keys that count up close together.
  uint64_t hash = 0xcbf29ce484222325;
  for (unsigned char byte : partition_parts) hash = (hash ^ byte) * 0x100000001b3;
  hash ^= hash >> 33;
  hash *= 0xff51afd7ed558ccd;
  hash ^= hash >> 33;
  return static_cast<uint32_t>(hash >> 32);
}

std::string table_prefix(const Table& table) {
  std::string key;
  storage::append_u64(key, table.id);
  return key;
}

std::string index_prefix(const Table& table, const Index& index) {
  std::string key = table_prefix(table);
  storage::append_u64(key, index.id);
  return key;
}

std::optional<std::string> item_key(const Table& table, const AttributeMap& attributes) {
  std::string key = table_prefix(table);
  if (!append_partition(key, table.key, attributes)) return std::nullopt;
  if (!append_parts(key, table.key.sort, attributes)) return std::nullopt;
  return key;
}

uint32_t hash_of_item_key(std::string_view item_key) {
  item_key.remove_prefix(std::min<size_t>(8, item_key.size()));
  return storage::take_u32(item_key).value_or(0);
}

std::optional<std::string> partition_prefix(const Table& table, const AttributeMap& attributes) {
  std::string key = table_prefix(table);
  if (!append_partition(key, table.key, attributes)) return std::nullopt;
  return key;
}

std::optional<std::string> partition_prefix(const Table& table, const Index& index, const AttributeMap& attributes) {
  std::string key = index_prefix(table, index);
  if (!append_partition(key, index.key, attributes)) return std::nullopt;
  return key;
}

std::optional<std::string> index_key(const Table& table, const Index& index, const AttributeMap& item) {
  if (has_empty_key(index.key.partition, item) || has_empty_key(index.key.sort, item)) return std::nullopt;
  std::string key = index_prefix(table, index);
  if (!append_partition(key, index.key, item)) return std::nullopt;
  if (!append_parts(key, index.key.sort, item)) return std::nullopt;
  if (!append_parts(key, table.key.partition, item)) return std::nullopt;
  if (!append_parts(key, table.key.sort, item)) return std::nullopt;
  return key;
}

AttributeMap project(const Table& table, const Index& index, const AttributeMap& item) {
  if (index.projection.type == ProjectionType::all) return item;
  AttributeMap out = key_attributes(table.key, item);
  copy_attributes(out, index.key.partition, item);
  copy_attributes(out, index.key.sort, item);
  if (index.projection.type == ProjectionType::include) {
    for (const std::string& name : index.projection.non_key_attributes) {
      if (const AttributeValue* value = item.find(name)) out.set(name, *value);
    }
  }
  return out;
}

AttributeMap key_attributes(const KeySchema& schema, const AttributeMap& item) {
  AttributeMap out;
  copy_attributes(out, schema.partition, item);
  copy_attributes(out, schema.sort, item);
  return out;
}

HashRange segment_range(uint32_t segment, uint32_t total_segments) {
  constexpr uint64_t kHashes = uint64_t{1} << 32;
  uint64_t total = std::max<uint32_t>(total_segments, 1);
  uint64_t first = kHashes * segment / total;
  uint64_t after = kHashes * (uint64_t{segment} + 1) / total;
  return {static_cast<uint32_t>(first), static_cast<uint32_t>(after - 1)};
}

}  // namespace millrace::tables
