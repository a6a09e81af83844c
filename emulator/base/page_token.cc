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

std::optional<Pager> Pager::open(std::string list, std::string_view token, size_t entries_max) {
  Pager out;
  if (!token.empty()) {
    auto position = page_position(list, token);
    if (!position) return std::nullopt;
    out.after_ = std::move(*position);
  }
  out.list_ = std::move(list);
  out.room_ = entries_max;
  return out;
}

bool Pager::takes(std::string_view position) {
  if (!after_.empty() && position <= after_) return false;
  if (room_ == 0) full_ = true;
  if (full_) return false;
  --room_;
  last_ = position;
  return true;
}

std::optional<std::string> Pager::next_token() const {
  if (!full_) return std::nullopt;
  return page_token(list_, last_);
}

}  // namespace millrace
