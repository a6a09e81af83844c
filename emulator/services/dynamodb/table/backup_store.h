#pragma once
// Backups as stored: a document, and a copy of the table's items under an id of its own (Family::items, as a
// table's).

#include <optional>
#include <string>
#include <vector>

#include "emulator/services/dynamodb/table/table_service.h"

namespace millrace::dynamodb {

/// Kept this long: the system's backups of deleted tables that had point-in-time recovery.
inline constexpr Millis kSystemBackupLifeMs = Millis{35} * 24 * 3600 * 1000;

struct Backup {
  std::string arn;
  std::string name;
  std::string type = "USER";  // or SYSTEM
  bool available = false;     // else CREATING
  Millis created_ms = 0;
  Millis expires_ms = 0;  // 0: never
  uint64_t data_id = 0;   // the id under which the items lie
  int64_t items = 0;
  int64_t bytes = 0;
  tables::Table table;  // as it was
};

/// `arn:...:table/T/backup/<13-digit ms>-<8 hex>`
std::string new_backup_arn(TableService& service, const tables::Table& table, Millis now);

void put_backup(storage::Txn& txn, const Backup& backup);
void erase_backup(storage::Txn& txn, const Backup& backup);
std::optional<Backup> find_backup(const storage::Reader& reader, const std::string& arn);
/// The account's backups in the region, in order of their ARNs.
std::vector<Backup> list_backups(const storage::Reader& reader, const std::string& account, const std::string& region);
std::vector<Backup> all_backups(const storage::Reader& reader);

/// "Invalid Backup ARN" for anything else.
Result<void> check_backup_arn(const std::string& arn);
/// Whether a table is being filled from the backup: it feeds one restore at a time.
bool is_restoring(const TableService& service, const Backup& backup);

/// In the change that deletes a table with point-in-time recovery: its items become a backup of the system's,
/// where they lie.
void keep_as_system_backup(TableService& service, storage::Txn& txn, const tables::Table& table);

/// Copies all items from one id to another. The target isn't referred to yet.
void copy_items(storage::Store& store, const storage::Reader& from, uint64_t source_id, uint64_t target_id);

/// Drops backups that a stopped server left unfinished, and those that have expired.
void resume_backups(TableService& service);

}  // namespace millrace::dynamodb
