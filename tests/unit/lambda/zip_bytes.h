#pragma once
// Small zip archives made by hand, so that tests can put anything into them.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "emulator/base/encoding.h"

namespace millrace::lambda {

struct ZipEntry {
  ZipEntry(std::string name_in, std::string bytes_in, uint32_t mode_in = 0100644)
      : name(std::move(name_in)), bytes(std::move(bytes_in)), mode(mode_in) {}
  std::string name, bytes;
  uint32_t mode;
};

namespace zip_detail {
inline void put(std::string& out, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}
inline std::string common(const ZipEntry& entry) {
  std::string out;
  put(out, 20, 2);         // version needed
  put(out, 0, 2);          // flags
  put(out, 0, 2);          // stored
  put(out, 0x21'0000, 4);  // time, date
  put(out, crc32(entry.bytes), 4);
  put(out, entry.bytes.size(), 4);
  put(out, entry.bytes.size(), 4);
  put(out, entry.name.size(), 2);
  put(out, 0, 2);  // extra
  return out;
}
}  // namespace zip_detail

inline std::string zip_bytes(const std::vector<ZipEntry>& entries) {
  using zip_detail::put;
  std::string out, directory;
  for (const ZipEntry& entry : entries) {
    size_t offset = out.size();
    out += "PK\x03\x04" + zip_detail::common(entry) + entry.name + entry.bytes;
    directory += "PK\x01\x02";
    put(directory, 0x0314, 2);  // made on Unix
    directory += zip_detail::common(entry);
    put(directory, 0, 2);  // comment
    put(directory, 0, 2);  // disk
    put(directory, 0, 2);  // internal attributes
    put(directory, uint64_t{entry.mode} << 16, 4);
    put(directory, offset, 4);
    directory += entry.name;
  }
  size_t at = out.size();
  out += directory + "PK\x05\x06";
  put(out, 0, 4);
  put(out, entries.size(), 2);
  put(out, entries.size(), 2);
  put(out, directory.size(), 4);
  put(out, at, 4);
  put(out, 0, 2);
  return out;
}

}  // namespace millrace::lambda
