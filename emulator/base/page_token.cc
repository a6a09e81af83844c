#include "emulator/base/page_token.h"

#include "emulator/base/encoding.h"

namespace millrace {

namespace {

constexpr size_t kCheckBytes = 16;  // of the digest in hexadecimal: enough to tell foreign tokens, not a secret

std::string check_of(std::string_view list, std::string_view position) {
  std::string text = std::to_string(list.size()) + ":";
  text.append(list).append(position);
  return to_hex(sha256(text)).substr(0, kCheckBytes);
}

}  // namespace

std::string page_token(std::string_view list, std::string_view position) {
  return to_base64(check_of(list, position) + std::string(position));
}

std::optional<std::string> page_position(std::string_view list, std::string_view token) {
  auto text = from_base64(token);
  if (!text || text->size() < kCheckBytes) return std::nullopt;
  std::string position = text->substr(kCheckBytes);
  if (text->compare(0, kCheckBytes, check_of(list, position)) != 0) return std::nullopt;
  return position;
}

}  // namespace millrace
