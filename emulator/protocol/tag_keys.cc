#include "emulator/protocol/tag_keys.h"

#include <algorithm>
#include <cctype>

#include "emulator/base/encoding.h"

namespace millrace::protocol {

namespace {

/// Letters of any script, digits, blanks and _ . : / = + - @; what isn't ASCII is taken for a letter.
bool has_tag_characters_only(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || std::isalnum(byte) || std::string_view("_.:/=+-@ ").find(c) != std::string_view::npos;
  });
}

size_t characters(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

bool is_reserved_tag_key(std::string_view key) {
  constexpr std::string_view kReserved = "aws:";
  return to_lower(key.substr(0, kReserved.size())) == kReserved;
}

std::optional<std::string> reserved_tag_key(const Json& tags) {
  if (tags.is_object()) {
    for (const auto& [key, value] : tags.items()) {
      if (is_reserved_tag_key(key)) return key;
    }
  } else if (tags.is_array()) {
    for (const Json& tag : tags) {
      if (std::string key = text_of(tag, "Key"); is_reserved_tag_key(key)) return key;
    }
  }
  return std::nullopt;
}

std::optional<std::pair<std::string, std::string>> tag_fault(const std::string& key, const std::string& value) {
  constexpr size_t kKeyMax = 128, kValueMax = 256;
  if (key.empty()) return std::pair("key", "Member must have length greater than or equal to 1");
  if (characters(key) > kKeyMax) return std::pair("key", "Member must have length less than or equal to 128");
  if (characters(value) > kValueMax) return std::pair("value", "Member must have length less than or equal to 256");
  const std::string pattern = "Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]";
  if (!has_tag_characters_only(key)) return std::pair("key", pattern + "+");
  if (!has_tag_characters_only(value)) return std::pair("value", pattern + "*");
  return std::nullopt;
}

std::vector<Operation> refusing_reserved_tags(std::vector<Operation> operations,
                                              std::function<AwsError(const std::string& key)> error) {
  for (Operation& operation : operations) {
    auto* handle = std::get_if<JsonHandler>(&operation.handle);
    if (!handle) continue;
    operation.handle = JsonHandler([inner = std::move(*handle), error](Call& call) -> Result<Json> {
      for (const char* member : {"Tags", "tags"}) {
        const Json* tags = find(call.input, member);
        if (auto key = tags ? reserved_tag_key(*tags) : std::nullopt) return error(*key);
      }
      return inner(call);
    });
  }
  return operations;
}

}  // namespace millrace::protocol
