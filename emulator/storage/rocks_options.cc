#include "emulator/storage/rocks_options.h"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>

namespace millrace::storage {

namespace {
constexpr const char* kFamilyNames[kFamilyCount] = {"default", "items",   "indexes", "streams",
                                                    "logs",    "objects", "chunks",  "queues"};
constexpr size_t kUnflushedMax = 28u << 20;  // bytes of all families' memtables; beyond it the largest is flushed
}  // namespace

rocksdb::Options database_options(const StoreOptions& options) {
  rocksdb::Options out;
  // Only a torn end is let pass in silence; what else is missing is said (opening.h).
  out.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  out.create_if_missing = true;
  out.create_missing_column_families = true;
  out.max_background_jobs = 2;
  out.max_open_files = 512;
  out.keep_log_file_num = 2;
  out.max_total_wal_size = 128u << 20;
  out.info_log_level = rocksdb::WARN_LEVEL;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(options.memory_bytes);
  out.write_buffer_manager = std::make_shared<rocksdb::WriteBufferManager>(kUnflushedMax, table.block_cache);
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.cache_index_and_filter_blocks = true;
  // In partitions: a read brings a few KiB of filter and index into the small cache, not the megabytes of a whole file's.
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  table.pin_top_level_index_and_filter = true;
  out.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  out.write_buffer_size = 16u << 20;
  out.compression = rocksdb::kLZ4Compression;
  return out;
}

namespace {

rocksdb::ColumnFamilyOptions family_options(const rocksdb::Options& base, Family family) {
  rocksdb::ColumnFamilyOptions out(base);
  if (family == Family::chunks) {
    // Bodies go to blob files once: compaction moves their keys, not their bytes.
    out.enable_blob_files = true;
    out.min_blob_size = 16u << 10;
    out.enable_blob_garbage_collection = true;
    out.compression = rocksdb::kNoCompression;
    out.blob_compression_type = rocksdb::kNoCompression;
    // A body is written once and not read back at once: small memtables keep an upload of any size within a few
    // pieces of memory.
    out.write_buffer_size = 4u << 20;
    // Tables hold keys only, so many at level 0 cost little, and compactions that move old bodies along stay rare.
    out.level0_file_num_compaction_trigger = 16;
  }
  return out;
}

}  // namespace

std::vector<rocksdb::ColumnFamilyDescriptor> family_descriptors(const rocksdb::Options& base) {
  std::vector<rocksdb::ColumnFamilyDescriptor> out;
  for (size_t i = 0; i < kFamilyCount; ++i)
    out.emplace_back(kFamilyNames[i], family_options(base, static_cast<Family>(i)));
  return out;
}

}  // namespace millrace::storage
