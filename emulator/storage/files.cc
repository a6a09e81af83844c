#include "emulator/storage/files.h"

#include "emulator/base/guard.h"

namespace millrace::storage {

namespace {
const std::string kCantWrite = "the store can't be written: ";
}  // namespace

Files::Files(const StoreOptions& with, OpenedDatabase opened)
    : options(with),
      db(std::move(opened.db)),
      families(std::move(opened.families)),
      space(*db->GetEnv(), with.folder) {}

Files::~Files() {
  // A log that couldn't be written may not be touched again (RocksDB asserts that); what it holds is in the memtables.
  if (!write_failed) db->FlushWAL(true);
  for (auto* family : families) db->DestroyColumnFamilyHandle(family);
  db->Close();
}

Written Files::write(const rocksdb::WriteOptions& how, rocksdb::WriteBatch& batch) {
  if (!space.refusal(batch.GetDataSize(), !batch.HasPut()).empty()) return Written::failed;
  // RocksDB recovers from a full disk by itself, within five seconds of there being space; until then it is busy with it.
  if (write_failed && !db->Resume().ok()) return Written::failed;
  auto status = db->Write(how, &batch);
  if (how.no_slowdown && status.IsIncomplete()) return Written::would_wait;
  if (!status.ok()) report_trouble(kCantWrite + status.ToString());
  if (write_failed.exchange(!status.ok()) && status.ok()) resolve_troubles(kCantWrite);
  return status.ok() ? Written::yes : Written::failed;
}

}  // namespace millrace::storage
