#include "emulator/storage/opening.h"

#include <algorithm>
#include <atomic>
#include <filesystem>

#include "emulator/base/clock.h"
#include "emulator/base/guard.h"
#include "emulator/base/log.h"
#include "emulator/storage/disk_space.h"
#include "emulator/storage/rocks_options.h"
#include "emulator/storage/unsynced_env.h"
#include "emulator/storage/wal_damage.h"

namespace millrace::storage {

namespace {

namespace fs = std::filesystem;

std::atomic<rocksdb::Env*> given_env = nullptr;

std::string sentence_of(const std::string& folder, const rocksdb::Status& status) {
  std::string reason = status.ToString();
  if (reason.find("lock") != std::string::npos || reason.find("Resource temporarily unavailable") != std::string::npos)
    return "The data folder " + folder + " is in use by another millrace. Stop that one or choose another --data-dir.";
  if (status.IsNoSpace() || reason.find("No space left") != std::string::npos)
    return "The data folder " + folder + " can't be opened: its disk is full.";
  return "The data folder " + folder + " can't be opened: " + reason;
}

/// A store that isn't there yet. Its families are made in one go: opened with them, RocksDB would make one after another
/// and after each write its options and read them back, which is most of a start. What a kill leaves out of them the next
/// opening makes.
rocksdb::Status try_create(const StoreOptions& options, const rocksdb::Options& with, OpenedDatabase& into) {
  const std::vector<rocksdb::ColumnFamilyDescriptor> all = family_descriptors(with);
  rocksdb::DB* db = nullptr;
  auto status = rocksdb::DB::Open(with, options.folder, {all.front()}, &into.families, &db);
  into.db.reset(db);
  if (!status.ok()) return status;
  std::vector<rocksdb::ColumnFamilyHandle*> made;
  status = db->CreateColumnFamilies({all.begin() + 1, all.end()}, &made);
  into.families.insert(into.families.end(), made.begin(), made.end());
  if (status.ok()) return status;
  for (rocksdb::ColumnFamilyHandle* family : into.families) db->DestroyColumnFamilyHandle(family);
  into.families.clear();
  into.db.reset();
  return status;
}

rocksdb::Status try_open(const StoreOptions& options, const rocksdb::Options& with, OpenedDatabase& into) {
  if (with.env->FileExists(options.folder + "/CURRENT").IsNotFound()) return try_create(options, with, into);
  rocksdb::DB* db = nullptr;
  auto status = rocksdb::DB::Open(with, options.folder, family_descriptors(with), &into.families, &db);
  into.db.reset(db);
  return status;
}

/// The logs as they are, for whoever wants to look: opening removes them.
std::string keep_logs(const std::string& folder) {
  const std::string kept = folder + "-damaged-logs";
  std::error_code ignored;
  fs::create_directories(kept, ignored);
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.path().extension() != ".log") continue;
    fs::copy_file(entry.path(), fs::path(kept) / entry.path().filename(), fs::copy_options::overwrite_existing,
                  ignored);
  }
  return kept;
}

/// When the newest of the logs was written last.
std::string last_write(const std::string& folder) {
  fs::file_time_type newest = fs::file_time_type::min();
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.path().extension() == ".log") newest = std::max(newest, entry.last_write_time(ignored));
  }
  auto since = std::chrono::file_clock::to_sys(newest).time_since_epoch();
  return iso_seconds(std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
}

}  // namespace

void set_env_of_stores(rocksdb::Env* env) {
  given_env = env;
}

std::variant<OpenedDatabase, std::string> open_database(const StoreOptions& options) {
  std::error_code ignored;
  fs::create_directories(options.folder, ignored);
  rocksdb::Options with = database_options(options);
  if (options.durability == Durability::none) with.env = unsynced_env();
  if (rocksdb::Env* env = given_env) with.env = env;
  DiskSpace space(*with.env, options.folder);
  if (!space.refusal(0, false).empty()) {
    return "The data folder " + options.folder + " can't be opened: its disk has less than " +
           std::to_string(DiskSpace::kReserveBytes >> 20) + " MiB left. Make room or choose another --data-dir.";
  }
  OpenedDatabase opened;
  auto status = try_open(options, with, opened);
  if (status.ok()) return opened;
  auto damage = status.IsCorruption() ? find_wal_damage(options.folder) : std::nullopt;
  if (!damage) return sentence_of(options.folder, status);

  std::string lost = "The log of writes " + damage->file + " is damaged at byte " + std::to_string(damage->offset) +
                     ". What was written behind that is lost: " + std::to_string(damage->bytes_after) + " bytes with " +
                     std::to_string(damage->entries_after) + " readable entries, the last written at " +
                     last_write(options.folder) + ". ";
  std::string kept = keep_logs(options.folder);
  with.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  status = try_open(options, with, opened);
  if (!status.ok()) return sentence_of(options.folder, status) + " " + lost + "Its logs are copied to " + kept + ".";
  if (damage->torn_end)
    log::warning("the last write to " + damage->file + " hadn't reached the disk whole and is dropped");
  else
    report_trouble(lost + "The logs as they were are in " + kept + ".");
  return opened;
}

}  // namespace millrace::storage
