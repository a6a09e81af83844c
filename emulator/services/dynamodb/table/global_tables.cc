// Global tables of version 2017.11.29: tables of one name that exist already are tied together. They
// replicate like those of the later version (replicas.cc).

#include <algorithm>
#include <set>

#include "emulator/base/arn.h"
#include "emulator/services/dynamodb/table/replicas.h"
#include "emulator/services/dynamodb/table/table_shapes.h"
#include "emulator/storage/documents.h"

namespace millrace::dynamodb {

using namespace protocol;
using tables::Replica;
using tables::Table;
using tables::TablePtr;

namespace {

constexpr size_t kPageMax = 100;

// A document {Name, CreatedMs, Regions: [...]} by account and name.
std::string global_prefix(const std::string& account) {
  return storage::document_key({"dynamodb", "global_table", account});
}
std::string global_key(const std::string& account, const std::string& name) {
  return storage::document_key({"dynamodb", "global_table", account, name});
}

Json description(const std::string& account, const Json& document) {
  Json group = Json::array();
  for (const Json& region : document["Regions"])
    group.push_back({{"RegionName", region}, {"ReplicaStatus", "ACTIVE"}});
  std::string name = text_of(document, "Name");
  return {{"ReplicationGroup", std::move(group)},
          {"GlobalTableArn", "arn:aws:dynamodb::" + account + ":global-table/" + name},
          {"CreationDateTime", epoch(int_of(document, "CreatedMs"))},
          {"GlobalTableStatus", "ACTIVE"},
          {"GlobalTableName", name}};
}

AwsError no_global_table(const std::string& name) {
  return {errors::global_table_not_found, "Global table not found: " + name};  // unverified wording
}

/// Each region's table, which must exist, be empty and have a stream of both images (unverified wordings).
Result<std::vector<TablePtr>> members_of(TableService& service, storage::Txn& txn, const std::string& account,
                                         const std::string& name, const std::set<std::string>& regions) {
  std::vector<TablePtr> members;
  for (const std::string& region : regions) {
    TablePtr table = service.tables.catalog.find(account, region, name);
    if (!table)
      return AwsError(errors::table_not_found,
                      "Table not found: Table '" + name + "' in region '" + region + "'");
    if (!table->stream.enabled || table->stream.view_type != tables::ViewType::new_and_old_images)
      return validation_error("Table " + name + " in region " + region +
                              " must have a stream with the view type NEW_AND_OLD_IMAGES");
    std::string prefix = tables::table_prefix(*table);
    bool has_items = false;
    txn.scan(storage::Family::items, prefix, storage::prefix_end(prefix),
             [&](std::string_view, std::string_view) {
               has_items = true;
               return false;
             });
    if (has_items && table->replicas.empty())
      return validation_error("Table " + name + " in region " + region + " is not empty");
    members.push_back(table);
  }
  return members;
}

/// Makes the members, and nobody else, each other's replicas.
void tie(TableService& service, storage::Txn& txn, const std::vector<TablePtr>& members) {
  for (const TablePtr& member : members) {
    Table table = *member;
    table.replicas.clear();
    for (const TablePtr& other : members) {
      if (other->region != table.region)
        table.replicas.push_back({other->region, tables::TableStatus::active});
    }
    if (table.replicas.empty())
      table.settings.erase("GlobalTableVersion");
    else
      table.settings["GlobalTableVersion"] = "2017.11.29";
    service.tables.catalog.put(txn, std::move(table));
  }
}

/// Ties the document's regions anew after a change, untying those that left, and stores it.
Result<Json> store_group(TableService& service, storage::Txn& txn, const std::string& account, Json document,
                         const std::set<std::string>& regions) {
  std::string name = text_of(document, "Name");
  TRY(auto members, members_of(service, txn, account, name, regions));
  for (const Json& before : document["Regions"]) {
    std::string region = before.get<std::string>();
    if (regions.count(region)) continue;
    if (TablePtr left = service.tables.catalog.find(account, region, name)) tie(service, txn, {left});
  }
  tie(service, txn, members);
  document["Regions"] = regions;
  storage::put_document(txn, global_key(account, name), document);
  return Json{{"GlobalTableDescription", description(account, document)}};
}

std::function<Result<AccessNeeds>(const Call&)> global_access(std::string action) {
  return [action](const Call& call) -> Result<AccessNeeds> {
    return AccessNeeds{{"dynamodb:" + action, "arn:aws:dynamodb::" + call.caller.account + ":global-table/" +
                                                  text_of(call.input, "GlobalTableName")}};
  };
}

Shape region_shape() {
  return structure({required("RegionName", string())});
}

}  // namespace

Operation create_global_table(TableService& service) {
  static const Shape input = structure(
      {required("GlobalTableName", table_name_shape()), required("ReplicationGroup", list(region_shape()))});
  auto handle = [&service](Call& call) -> Result<Json> {
    std::string name = text_of(call.input, "GlobalTableName");
    std::set<std::string> regions;
    for (const Json& member : *find(call.input, "ReplicationGroup"))
      regions.insert(text_of(member, "RegionName"));
    return service.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      if (storage::get_document(txn, global_key(call.caller.account, name)))
        return AwsError(errors::global_table_already_exists,
                        "Global table already exists: " + name);  // unverified wording
      Json document{
          {"Name", name}, {"CreatedMs", service.context.clock.now_ms()}, {"Regions", Json::array()}};
      return store_group(service, txn, call.caller.account, std::move(document), regions);
    });
  };
  return {.name = "CreateGlobalTable",
          .input = &input,
          .access = global_access("CreateGlobalTable"),
          .handle = JsonHandler(handle)};
}

Operation update_global_table(TableService& service) {
  static const Shape input = structure(
      {required("GlobalTableName", table_name_shape()),
       required("ReplicaUpdates",
                list(structure({optional("Create", region_shape()), optional("Delete", region_shape())})))});
  auto handle = [&service](Call& call) -> Result<Json> {
    std::string name = text_of(call.input, "GlobalTableName");
    return service.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      auto document = storage::get_document(txn, global_key(call.caller.account, name));
      if (!document) return no_global_table(name);
      std::set<std::string> regions = (*document)["Regions"].get<std::set<std::string>>();
      for (const Json& update : *find(call.input, "ReplicaUpdates")) {
        if (const Json* create = find(update, "Create")) regions.insert(text_of(*create, "RegionName"));
        if (const Json* erase = find(update, "Delete")) regions.erase(text_of(*erase, "RegionName"));
      }
      return store_group(service, txn, call.caller.account, std::move(*document), regions);
    });
  };
  return {.name = "UpdateGlobalTable",
          .input = &input,
          .access = global_access("UpdateGlobalTable"),
          .handle = JsonHandler(handle)};
}

Operation describe_global_table(TableService& service) {
  static const Shape input = structure({required("GlobalTableName", table_name_shape())});
  auto handle = [&service](Call& call) -> Result<Json> {
    std::string name = text_of(call.input, "GlobalTableName");
    auto document = storage::get_document(service.context.store, global_key(call.caller.account, name));
    if (!document) return no_global_table(name);
    return Json{{"GlobalTableDescription", description(call.caller.account, *document)}};
  };
  return {.name = "DescribeGlobalTable",
          .input = &input,
          .access = global_access("DescribeGlobalTable"),
          .handle = JsonHandler(handle)};
}

Operation list_global_tables(TableService& service) {
  static const Shape input =
      structure({optional("ExclusiveStartGlobalTableName", table_name_shape()),
                 optional("Limit", integer().at_least(1)), optional("RegionName", string())});
  auto handle = [&service](Call& call) -> Result<Json> {
    std::string after = text_of(call.input, "ExclusiveStartGlobalTableName"),
                region = text_of(call.input, "RegionName");
    size_t limit = std::min(kPageMax, static_cast<size_t>(int_of(call.input, "Limit", kPageMax)));
    Json list = Json::array(), answer;
    for (const Json& document :
         storage::list_documents(service.context.store, global_prefix(call.caller.account))) {
      const Json& regions = document["Regions"];
      bool chosen =
          region.empty() || std::find(regions.begin(), regions.end(), Json(region)) != regions.end();
      if (!chosen || text_of(document, "Name") <= after) continue;
      if (list.size() >= limit) {
        answer["LastEvaluatedGlobalTableName"] = list.back()["GlobalTableName"];
        break;
      }
      Json group = Json::array();
      for (const Json& member : regions) group.push_back({{"RegionName", member}});
      list.push_back({{"GlobalTableName", document["Name"]}, {"ReplicationGroup", std::move(group)}});
    }
    answer["GlobalTables"] = std::move(list);
    return answer;
  };
  return {.name = "ListGlobalTables",
          .input = &input,
          .access = account_access("ListGlobalTables"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::dynamodb
