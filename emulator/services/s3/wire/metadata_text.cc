#include "emulator/services/s3/wire/metadata_text.h"

#include <fmt/format.h>

#include <optional>

#include "emulator/base/encoding.h"

namespace millrace::s3 {

namespace {

bool is_ascii(std::string_view text) {
  for (char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

std::string utf8_of_latin1(std::string_view bytes) {
  std::string out;
  for (char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out.push_back(c);
    } else {
      out.push_back(static_cast<char>(0xc0 | (byte >> 6)));
      out.push_back(static_cast<char>(0x80 | (byte & 0x3f)));
    }
  }
  return out;
}

/// The Q encoding: '_' is a blank, =XX a byte.
std::optional<std::string> decode_q(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '_') {
      out.push_back(' ');
    } else if (text[i] != '=') {
      out.push_back(text[i]);
    } else {
      auto byte = from_hex(text.substr(i + 1, 2));
      if (!byte || byte->size() != 1) return std::nullopt;
      out += *byte;
      i += 2;
    }
  }
  return out;
}

/// One `=?charset?B?...?=` at the text's beginning; `bytes` becomes its length.
std::optional<std::string> take_word(std::string_view text, size_t& bytes) {
  if (!text.starts_with("=?")) return std::nullopt;
  const size_t charset_end = text.find('?', 2);
  if (charset_end == std::string_view::npos || charset_end + 2 >= text.size() || text[charset_end + 2] != '?')
    return std::nullopt;
  const size_t end = text.find("?=", charset_end + 3);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string charset = to_lower(text.substr(2, charset_end - 2));
  const char encoding = text[charset_end + 1];
  const std::string_view coded = text.substr(charset_end + 3, end - charset_end - 3);
  std::optional<std::string> decoded;
  if (encoding == 'B' || encoding == 'b') decoded = from_base64(coded);
  if (encoding == 'Q' || encoding == 'q') decoded = decode_q(coded);
  if (!decoded) return std::nullopt;
  bytes = end + 2;
  if (charset == "iso-8859-1") return utf8_of_latin1(*decoded);
  const bool known = (charset == "utf-8" && is_valid_utf8(*decoded)) || (charset == "us-ascii" && is_ascii(*decoded));
  return known ? decoded : std::nullopt;
}

std::string encode_q(std::string_view text) {
  std::string out;
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == ' ')
      out.push_back('_');
    else if (byte < 0x20 || byte >= 0x7f || c == '=' || c == '_' || c == '?')
      out += fmt::format("={:02X}", byte);
    else
      out.push_back(c);
  }
  return out;
}

}  // namespace

std::string metadata_from_header(std::string_view bytes) {
  std::string out;
  bool after_word = false;
  while (!bytes.empty()) {
    size_t used = 0;
    if (auto word = take_word(bytes, used)) {
      out += *word;
      bytes.remove_prefix(used);
      after_word = true;
      continue;
    }
    // Blanks between two words aren't text.
    const size_t blanks = std::min(bytes.size(), bytes.find_first_not_of(" \t"));
    if (after_word && blanks > 0 && take_word(bytes.substr(blanks), used)) {
      bytes.remove_prefix(blanks);
      continue;
    }
    const size_t plain = std::min(bytes.size(), std::max<size_t>(blanks, 1));
    out += utf8_of_latin1(bytes.substr(0, plain));
    bytes.remove_prefix(plain);
    after_word = false;
  }
  return out;
}

std::string metadata_to_header(std::string_view text) {
  size_t others = 0, ascii = 0;
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xc0) != 0x80) ++(byte >= 0x80 ? others : ascii);
  }
  if (others == 0) return std::string(text);
  // unverified: that few such characters are written in Q, as Java's mail library does, and that long texts are one word.
  return ascii > others ? "=?UTF-8?Q?" + encode_q(text) + "?=" : "=?UTF-8?B?" + to_base64(text) + "?=";
}

}  // namespace millrace::s3
