#include "emulator/storage/wal_damage.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

namespace millrace::storage {

namespace {

constexpr size_t kBlock = 32u << 10;
constexpr size_t kHeader = 7;             // checksum, length, type
constexpr size_t kBatchHeader = 12;       // sequence, count
constexpr uint8_t kFull = 1, kFirst = 2;  // types of fragments that begin a record

uint32_t crc32c(const char* data, size_t size) {
  static const std::array<uint32_t, 256> table = [] {
    std::array<uint32_t, 256> made{};
    for (uint32_t i = 0; i < 256; ++i) {
      uint32_t c = i;
      for (int bit = 0; bit < 8; ++bit) c = c & 1 ? (c >> 1) ^ 0x82f63b78u : c >> 1;
      made[i] = c;
    }
    return made;
  }();
  uint32_t crc = ~0u;
  for (size_t i = 0; i < size; ++i) crc = table[(crc ^ static_cast<unsigned char>(data[i])) & 0xff] ^ (crc >> 8);
  return ~crc;
}

uint32_t u32(const char* at) {
  uint32_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return value;
}

/// A walk over all logs in order, as if they were one.
struct Walk {
  std::optional<WalDamage> damage;

  void log(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    if (damage) damage->bytes_after += bytes.size();
    for (size_t block = 0; block < bytes.size(); block += kBlock)
      walk_block(path, bytes, block, std::min(block + kBlock, bytes.size()));
  }

  void walk_block(const std::string& path, const std::string& bytes, size_t at, size_t end) {
    while (at + kHeader <= end) {
      const char* fragment = bytes.data() + at;
      const size_t length = static_cast<unsigned char>(fragment[4]) | static_cast<unsigned char>(fragment[5]) << 8;
      const auto type = static_cast<uint8_t>(fragment[6]);
      if (type == 0 && length == 0) return;  // room that was set aside and not written
      if (at + kHeader + length > end) {
        if (end < bytes.size() || end % kBlock == 0) found(path, bytes, at);
        return;  // otherwise the file's end: the last write didn't get through
      }
      const uint32_t crc = crc32c(fragment + 6, 1 + length);
      if (((crc >> 15) | (crc << 17)) + 0xa282ead8u != u32(fragment)) return found(path, bytes, at);
      if (damage && (type == kFull || type == kFirst) && length >= kBatchHeader) {
        damage->torn_end = false;
        damage->entries_after += u32(fragment + kHeader + 8);
      }
      at += kHeader + length;
    }
  }

  void found(const std::string& path, const std::string& bytes, size_t at) {
    if (!damage) damage = WalDamage{path, at, bytes.size() - at, 0, true};
  }
};

}  // namespace

std::optional<WalDamage> find_wal_damage(const std::string& folder) {
  std::vector<std::string> logs;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    if (entry.path().extension() == ".log") logs.push_back(entry.path().string());
  }
  std::sort(logs.begin(), logs.end());  // numbers of one width
  Walk walk;
  for (const std::string& path : logs) walk.log(path);
  return walk.damage;
}

}  // namespace millrace::storage
