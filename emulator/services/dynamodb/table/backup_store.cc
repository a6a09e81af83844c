#include "emulator/services/dynamodb/table/backup_store.h"

#include "emulator/base/arn.h"
#include "emulator/storage/documents.h"

namespace millrace::dynamodb {

using tables::Table;

namespace {

constexpr size_t kIdBytes = 8;

std::string backups_prefix() {
  return storage::document_key({"dynamodb", "backup"});
}

std::string backup_key(const std::string& arn) {
  auto parsed = Arn::parse(arn);
  if (!parsed) return storage::document_key({"dynamodb", "backup", "", "", arn});
  return storage::document_key({"dynamodb", "backup", parsed->account, parsed->region, parsed->resource});
}

std::string id_prefix(uint64_t id) {
  std::string key;
  storage::append_u64(key, id);
  return key;
}

std::optional<Backup> read_backup(const Json& document) {
  auto table = tables::table_from_document(document.contains("table") ? document["table"] : Json::object());
  if (!table) return std::nullopt;
  Backup backup;
  backup.arn = text_of(document, "arn");
  backup.name = text_of(document, "name");
  backup.type = text_of(document, "type");
  backup.available = bool_of(document, "available");
  backup.created_ms = int_of(document, "created_ms");
  backup.expires_ms = int_of(document, "expires_ms");
  backup.data_id = static_cast<uint64_t>(int_of(document, "data_id"));
  backup.items = int_of(document, "items");
  backup.bytes = int_of(document, "bytes");
  backup.table = std::move(*table);
  return backup;
}

std::vector<Backup> read_all(const storage::Reader& reader, const std::string& prefix) {
  std::vector<Backup> out;
  for (const Json& document : storage::list_documents(reader, prefix)) {
    if (auto backup = read_backup(document)) out.push_back(std::move(*backup));
  }
  return out;
}

}  // namespace

std::string new_backup_arn(TableService& service, const Table& table, Millis now) {
  std::string digits = std::to_string(now);
  return table.arn + "/backup/" + std::string(13 - std::min<size_t>(13, digits.size()), '0') + digits + "-" +
         service.context.random.hex(8);
}

void put_backup(storage::Txn& txn, const Backup& backup) {
  storage::put_document(txn, backup_key(backup.arn),
                        {{"arn", backup.arn},
                         {"name", backup.name},
                         {"type", backup.type},
                         {"available", backup.available},
                         {"created_ms", backup.created_ms},
                         {"expires_ms", backup.expires_ms},
                         {"data_id", backup.data_id},
                         {"items", backup.items},
                         {"bytes", backup.bytes},
                         {"table", tables::to_document(backup.table)}});
}

void erase_backup(storage::Txn& txn, const Backup& backup) {
  std::string prefix = id_prefix(backup.data_id);
  txn.erase_range(storage::Family::items, prefix, storage::prefix_end(prefix));
  txn.erase(storage::Family::meta, backup_key(backup.arn));
}

std::optional<Backup> find_backup(const storage::Reader& reader, const std::string& arn) {
  auto document = storage::get_document(reader, backup_key(arn));
  return document ? read_backup(*document) : std::nullopt;
}

std::vector<Backup> list_backups(const storage::Reader& reader, const std::string& account, const std::string& region) {
  return read_all(reader, storage::document_key({"dynamodb", "backup", account, region}));
}

std::vector<Backup> all_backups(const storage::Reader& reader) {
  return read_all(reader, backups_prefix());
}

Result<void> check_backup_arn(const std::string& arn) {
  if (arn.starts_with("arn:") && arn.find(":table/") != std::string::npos && arn.find("/backup/") != std::string::npos)
    return {};
  return validation_error("Invalid Backup ARN");
}

bool is_restoring(const TableService& service, const Backup& backup) {
  for (const tables::TablePtr& table : service.tables.catalog.all()) {
    const Json* filling = find(table->settings, "Filling");
    if (filling && static_cast<uint64_t>(int_of(*filling, "SourceId")) == backup.data_id) return true;
  }
  return false;
}

void keep_as_system_backup(TableService& service, storage::Txn& txn, const Table& table) {
  Backup backup;
  backup.created_ms = service.context.clock.now_ms();
  backup.expires_ms = backup.created_ms + kSystemBackupLifeMs;
  backup.arn = new_backup_arn(service, table, backup.created_ms);
  backup.name = table.name + "$DeletedTableBackup";
  backup.type = "SYSTEM";
  backup.available = true;
  backup.data_id = table.id;
  auto size = service.tables.statistics.of(table.id);
  backup.items = size.items;
  backup.bytes = size.bytes;
  backup.table = table;
  put_backup(txn, backup);
}

void copy_items(storage::Store& store, const storage::Reader& from, uint64_t source_id, uint64_t target_id) {
  std::string source = id_prefix(source_id), target = id_prefix(target_id);
  from.scan(storage::Family::items, source, storage::prefix_end(source),
            [&](std::string_view key, std::string_view value) {
              return store.put_unreferenced(storage::Family::items, target + std::string(key.substr(kIdBytes)), value);
            });
}

void resume_backups(TableService& service) {
  Millis now = service.context.clock.now_ms();
  for (const Backup& backup : all_backups(service.context.store)) {
    if (backup.available && (!backup.expires_ms || backup.expires_ms > now)) continue;
    Result<void> erased = service.context.store.transact([&](storage::Txn& txn) -> Result<void> {
      erase_backup(txn, backup);
      return {};
    });
    (void)erased;  // the disk's refusal is logged; the next start tries again
  }
}

}  // namespace millrace::dynamodb
