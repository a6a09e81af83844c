#include "emulator/protocol/tag_keys.h"

#include "emulator/base/encoding.h"

namespace millrace::protocol {

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
