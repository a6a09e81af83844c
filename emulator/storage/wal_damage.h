#pragma once
// What a damaged write-ahead log has lost. RocksDB says only that it is damaged; here its files are walked: blocks of
// 32 KiB, in them fragments of a masked CRC32C, a length and a type (RocksDB's log_format.h).

#include <cstdint>
#include <optional>
#include <string>

namespace millrace::storage {

struct WalDamage {
  std::string file;          // the first damaged log's path
  uint64_t offset = 0;       // of the first fragment that can't be read
  uint64_t bytes_after = 0;  // of this log and those after it
  uint64_t entries_after =
      0;                  // puts and erasures that are still readable behind the damage, which order forbids to use
  bool torn_end = false;  // nothing readable follows: the end of a write that was cut off
};

/// The first damage in the logs (*.log) of a store's folder; nullopt: none.
std::optional<WalDamage> find_wal_damage(const std::string& folder);

}  // namespace millrace::storage
