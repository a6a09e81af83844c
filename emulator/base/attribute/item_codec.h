#pragma once
// The stored form of items: compact, self-describing, read back without a schema. The grammar stands at the head
// of item_codec.cc and is versioned by the store's format number.

#include <optional>
#include <string>
#include <string_view>

#include "emulator/base/attribute/attribute_value.h"

namespace millrace {

void append_item(std::string& out, const AttributeMap& item);
std::string encode_item(const AttributeMap& item);
/// nullopt if the bytes aren't an item (a damaged store).
std::optional<AttributeMap> decode_item(std::string_view bytes);

/// Appends the item's JSON, `{"pk":{"S":"a"},...}`, straight from its stored form, without building values.
/// False if the bytes aren't an item.
bool append_item_json(std::string& out, std::string_view stored);

/// The item's size by DynamoDB's rules (size_bytes of the decoded item), without building values; nullopt if the
/// bytes aren't an item.
std::optional<size_t> stored_size_bytes(std::string_view stored);

}  // namespace millrace
