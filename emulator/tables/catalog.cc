#include "emulator/tables/catalog.h"

#include "emulator/base/arn.h"
#include "emulator/base/store_fault.h"
#include "emulator/storage/documents.h"

namespace millrace::tables {

namespace {

constexpr std::string_view kNextId = "tables.next_id";

std::string tables_prefix() {
  return storage::document_key({"dynamodb", "table"});
}
std::string table_document_key(const Table& table) {
  return storage::document_key({"dynamodb", "table", table.account, table.region, table.name});
}

std::string path_of(std::string_view account, std::string_view region, std::string_view name) {
  std::string path;
  path.reserve(account.size() + region.size() + name.size() + 2);
  path.append(account).append("/").append(region).append("/").append(name);
  return path;
}

}  // namespace

TableCatalog::TableCatalog(storage::Store& store) : store_(store) {
  auto view = std::make_shared<View>();
  storage::each_document(store_, tables_prefix(), {}, [&](std::string_view, Json document) {
    auto table = table_from_document(document);
    if (!table) fail_damaged("the description of the table " + text_of(document, "name"));
    auto shared = std::make_shared<const Table>(std::move(*table));
    view->by_path[path_of(shared->account, shared->region, shared->name)] = shared;
    view->by_id[shared->id] = shared;
    return true;
  });
  view_.store(std::move(view));
}

TablePtr TableCatalog::find(std::string_view account, std::string_view region, std::string_view name_or_arn) const {
  std::string path;
  if (name_or_arn.starts_with("arn:")) {
    auto arn = Arn::parse(name_or_arn);
    if (!arn || arn->service != "dynamodb" || arn->region != region || !arn->resource.starts_with("table/"))
      return nullptr;
    path = path_of(arn->account, region, std::string_view(arn->resource).substr(6));
  } else {
    path = path_of(account, region, name_or_arn);
  }
  auto view = view_.load();
  auto it = view->by_path.find(path);
  return it == view->by_path.end() ? nullptr : it->second;
}

TablePtr TableCatalog::by_id(uint64_t id) const {
  auto view = view_.load();
  auto it = view->by_id.find(id);
  return it == view->by_id.end() ? nullptr : it->second;
}

std::vector<TablePtr> TableCatalog::list(std::string_view account, std::string_view region, std::string_view after,
                                         size_t limit) const {
  auto view = view_.load();
  std::vector<TablePtr> out;
  std::string prefix = path_of(account, region, "");
  for (auto it = view->by_path.upper_bound(prefix + std::string(after));
       it != view->by_path.end() && out.size() < limit; ++it) {
    if (!it->first.starts_with(prefix)) break;
    out.push_back(it->second);
  }
  return out;
}

std::vector<TablePtr> TableCatalog::all() const {
  auto view = view_.load();
  std::vector<TablePtr> out;
  for (const auto& [path, table] : view->by_path) out.push_back(table);
  return out;
}

uint64_t TableCatalog::next_id(storage::Txn& txn) {
  uint64_t id = 1;
  if (auto stored = txn.get(storage::Family::meta, kNextId)) {
    std::string_view bytes = *stored;
    id = storage::take_u64(bytes).value_or(1);
  }
  std::string next;
  storage::append_u64(next, id + 1);
  txn.put(storage::Family::meta, kNextId, next);
  return id;
}

void TableCatalog::put(storage::Txn& txn, Table table) {
  storage::put_document(txn, table_document_key(table), to_document(table));
  auto shared = std::make_shared<const Table>(std::move(table));
  txn.after_commit([this, shared] {
    if (noted) noted(*shared, false);
    replace([&](View& view) {
      view.by_path[path_of(shared->account, shared->region, shared->name)] = shared;
      view.by_id[shared->id] = shared;
    });
  });
}

void TableCatalog::remove(storage::Txn& txn, const Table& table) {
  txn.erase(storage::Family::meta, table_document_key(table));
  txn.after_commit([this, shared = std::make_shared<const Table>(table)] {
    if (noted) noted(*shared, true);
    replace([&](View& view) {
      view.by_path.erase(path_of(shared->account, shared->region, shared->name));
      view.by_id.erase(shared->id);
    });
  });
}

void TableCatalog::replace(const std::function<void(View&)>& edit) {
  auto next = std::make_shared<View>(*view_.load());
  edit(*next);
  view_.store(std::move(next));
}

}  // namespace millrace::tables
