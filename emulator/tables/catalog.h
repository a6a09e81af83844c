#pragma once
// All tables: in the store as documents, in memory for the hot path.
//
// Only changes that run by Store::transact may use the writing functions: such a change is committed, and the
// cache updated, before the next change runs. So on the writer thread by_id() gives a table as it is at that
// moment, and an item write begins there by looking its table up again.

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "emulator/storage/store.h"
#include "emulator/tables/table.h"

namespace millrace::tables {

using TablePtr = std::shared_ptr<const Table>;

class TableCatalog {
 public:
  /// Loads what the store holds.
  explicit TableCatalog(storage::Store& store);

  /// The table by its name, or by its ARN (whose region must be the given one; its account counts instead of
  /// the caller's), or nullptr. Also tables that are being created or deleted.
  TablePtr find(std::string_view account, std::string_view region, std::string_view name_or_arn) const;
  /// The table by its numeric id, or nullptr once it is gone.
  TablePtr by_id(uint64_t id) const;
  /// The account's tables in the region, by name in byte order, those with a name above `after`; at most
  /// `limit`.
  std::vector<TablePtr> list(std::string_view account, std::string_view region, std::string_view after = {},
                             size_t limit = SIZE_MAX) const;
  std::vector<TablePtr> all() const;

  /// A number that was never given before: for tables, indexes and streams.
  uint64_t next_id(storage::Txn& txn);
  /// Creates or replaces the table of that name.
  void put(storage::Txn& txn, Table table);
  /// Forgets the table; its items and entries are the caller's to erase.
  void remove(storage::Txn& txn, const Table& table);

  /// Called on the writer thread when a table was put or is gone, before others see it. Set once, before requests come.
  std::function<void(const Table& table, bool gone)> noted;

 private:
  struct View {
    std::map<std::string, TablePtr, std::less<>> by_path;  // "account/region/name"
    std::unordered_map<uint64_t, TablePtr> by_id;
  };
  void replace(const std::function<void(View&)>& edit);

  storage::Store& store_;
  std::atomic<std::shared_ptr<const View>> view_;  // replaced on the writer thread only
};

}  // namespace millrace::tables
