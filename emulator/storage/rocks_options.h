#pragma once
// How RocksDB is set up: one database, a column family per Family.

#include <rocksdb/db.h>

#include "emulator/storage/store.h"

namespace millrace::storage {

inline rocksdb::Slice slice(std::string_view text) {
  return {text.data(), text.size()};
}
inline std::string_view view(const rocksdb::Slice& s) {
  return {s.data(), s.size()};
}

rocksdb::Options database_options(const StoreOptions& options);
std::vector<rocksdb::ColumnFamilyDescriptor> family_descriptors(const rocksdb::Options& base);

}  // namespace millrace::storage
