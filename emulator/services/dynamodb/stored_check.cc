#include "emulator/services/dynamodb/stored_check.h"

#include "emulator/base/attribute/item_codec.h"
#include "emulator/base/encoding.h"
#include "emulator/storage/seals.h"
#include "emulator/tables/tables.h"

namespace millrace::dynamodb {

namespace {

using storage::Family;
using tables::Index;
using tables::Table;

/// What lies encrypted isn't looked into: no KMS key is opened for a check.
/// Each item can be read, lies where its key says, and has its entries.
void check_items(Findings& findings, const Table& table) {
  std::string prefix = tables::table_prefix(table);
  findings.store().scan(
      Family::items, prefix, storage::prefix_end(prefix), [&](std::string_view key, std::string_view value) {
        if (storage::is_sealed(Family::items, value)) return true;
        auto item = decode_item(value);
        if (!item || tables::item_key(table, *item) != key) {
          findings.found("an item of the table " + table.name + " is damaged: key " + to_hex(key));
          return true;
        }
        for (const Index& index : table.indexes) {
          if (index.status != tables::IndexStatus::active) continue;
          auto entry_key = tables::index_key(table, index, *item);
          if (!entry_key) continue;
          std::string entry = encode_item(tables::project(table, index, *item));
          auto stored = findings.store().get(Family::indexes, *entry_key);
          if (stored == entry || (stored && storage::is_sealed(Family::indexes, *stored))) continue;
          findings.found(
              "an entry of the index " + table.name + "/" + index.name +
                  (stored ? " differs from" : " is missing for") + " its item: key " + to_hex(key),
              [entry_key = *entry_key, entry](storage::Txn& txn) { txn.put(Family::indexes, entry_key, entry); });
        }
        return true;
      });
}

/// Each entry has its item.
void check_entries(Findings& findings, const Table& table, const Index& index) {
  std::string prefix = tables::index_prefix(table, index);
  findings.store().scan(
      Family::indexes, prefix, storage::prefix_end(prefix), [&](std::string_view key, std::string_view value) {
        if (storage::is_sealed(Family::indexes, value)) return true;
        auto entry = decode_item(value);
        auto base = entry ? tables::item_key(table, *entry) : std::nullopt;
        auto stored = base ? findings.store().get(Family::items, *base) : std::nullopt;
        if (stored && storage::is_sealed(Family::items, *stored)) return true;
        auto item = stored ? decode_item(*stored) : std::nullopt;
        if (item && tables::index_key(table, index, *item) == key) return true;
        findings.found("an entry of the index " + table.name + "/" + index.name + " has no item: key " + to_hex(key),
                       [key = std::string(key)](storage::Txn& txn) { txn.erase(Family::indexes, key); });
        return true;
      });
}

}  // namespace

void check_stored(Findings& findings) {
  tables::TableCatalog catalog(findings.store());
  for (const tables::TablePtr& table : catalog.all()) {
    findings.part(table->name, [&] { check_items(findings, *table); });
    for (const Index& index : table->indexes) {
      if (index.status == tables::IndexStatus::active)
        findings.part(table->name, [&] { check_entries(findings, *table, index); });
    }
  }
}

}  // namespace millrace::dynamodb
