#include "emulator/services/dynamodb/table/backup_store.h"

#include "emulator/base/arn.h"
#include "emulator/storage/document_form.h"

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

struct Stored {
  Backup backup;
  Json table;
};

template <class Form>
void describe(Form& form, Stored& stored) {
  form.version(1);
  form.member("arn", stored.backup.arn);
  form.member("name", stored.backup.name);
  form.member("type", stored.backup.type);
  form.member("available", stored.backup.available);
  form.member("created_ms", stored.backup.created_ms);
  form.member("expires_ms", stored.backup.expires_ms);
  form.member("data_id", stored.backup.data_id);
  form.member("items", stored.backup.items);
  form.member("bytes", stored.backup.bytes);
  form.member("table", stored.table);
}

std::optional<Backup> read_backup(std::string_view key, const Json& document) {
  auto stored = storage::from_document<Stored>(document);
  auto table = stored ? tables::table_from_document(stored->table) : std::nullopt;
  if (!table) {
    storage::report_unreadable(key);
    return std::nullopt;
  }
  stored->backup.table = std::move(*table);
  return std::move(stored->backup);
}

std::vector<Backup> read_all(const storage::Reader& reader, const std::string& prefix) {
  std::vector<Backup> out;
  storage::each_document(reader, prefix, "", [&](std::string_view key, const Json& document) {
    if (auto backup = read_backup(key, document)) out.push_back(std::move(*backup));
    return true;
  });
  return out;
}

}  // namespace

std::string new_backup_arn(TableService& service, const Table& table, Millis now) {
  std::string digits = std::to_string(now);
  return table.arn + "/backup/" + std::string(13 - std::min<size_t>(13, digits.size()), '0') + digits + "-" +
         service.context.random.hex(8);
}

void put_backup(storage::Txn& txn, const Backup& backup) {
  storage::put_model(txn, backup_key(backup.arn), Stored{backup, tables::to_document(backup.table)});
}

void erase_backup(storage::Txn& txn, const Backup& backup) {
  std::string prefix = id_prefix(backup.data_id);
  txn.erase_range(storage::Family::items, prefix, storage::prefix_end(prefix));
  txn.erase(storage::Family::meta, backup_key(backup.arn));
}

std::optional<Backup> find_backup(const storage::Reader& reader, const std::string& arn) {
  const std::string key = backup_key(arn);
  auto document = storage::get_document(reader, key);
  return document ? read_backup(key, *document) : std::nullopt;
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
