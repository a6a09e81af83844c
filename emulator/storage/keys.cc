#include "emulator/storage/keys.h"

namespace millrace::storage {

void append_part(std::string& key, std::string_view part) {
  for (char c : part) {
    key.push_back(c);
    if (c == '\0') key.push_back('\xff');
  }
  key.append(2, '\0');
}

std::optional<std::string> take_part(std::string_view& key) {
  std::string out;
  for (size_t i = 0; i < key.size(); ++i) {
    if (key[i] != '\0') {
      out.push_back(key[i]);
      continue;
    }
    if (i + 1 >= key.size()) return std::nullopt;
    if (key[i + 1] == '\0') {
      key.remove_prefix(i + 2);
      return out;
    }
    out.push_back('\0');
    ++i;
  }
  return std::nullopt;
}

namespace {
template <class T>
void append_big_endian(std::string& key, T value) {
  for (int shift = (sizeof(T) - 1) * 8; shift >= 0; shift -= 8) key.push_back(static_cast<char>(value >> shift & 255));
}

template <class T>
std::optional<T> take_big_endian(std::string_view& key) {
  if (key.size() < sizeof(T)) return std::nullopt;
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) value = static_cast<T>(value << 8 | static_cast<unsigned char>(key[i]));
  key.remove_prefix(sizeof(T));
  return value;
}
}  // namespace

void append_u64(std::string& key, uint64_t value) {
  append_big_endian(key, value);
}
std::optional<uint64_t> take_u64(std::string_view& key) {
  return take_big_endian<uint64_t>(key);
}
void append_u32(std::string& key, uint32_t value) {
  append_big_endian(key, value);
}
std::optional<uint32_t> take_u32(std::string_view& key) {
  return take_big_endian<uint32_t>(key);
}

std::string document_key(std::initializer_list<std::string_view> parts) {
  std::string key;
  for (std::string_view part : parts) append_part(key, part);
  return key;
}

}  // namespace millrace::storage
