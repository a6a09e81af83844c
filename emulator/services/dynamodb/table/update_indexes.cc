// UpdateTable's GlobalSecondaryIndexUpdates.

#include <algorithm>

#include "emulator/services/dynamodb/table/table_rules.h"
#include "emulator/services/dynamodb/table/update_rules.h"

namespace millrace::dynamodb {

using namespace tables;

namespace {

/// `Schema:[SchemaElement: key{xyz:S:HASH}]`
std::string schema_text(const Table& table, const KeyAttribute& attribute, AttributeType type) {
  bool sorts = std::any_of(table.key.sort.begin(), table.key.sort.end(),
                           [&](const auto& key) { return key.name == attribute.name; });
  return "Schema:[SchemaElement: key{" + attribute.name + ":" + type_name(type) + ":" + (sorts ? "RANGE" : "HASH") +
         "}]";
}

/// The table's definitions and those of the request together.
Result<std::vector<KeyAttribute>> merge_definitions(const Table& table, const Json& definitions) {
  std::vector<KeyAttribute> merged = table.attributes;
  for (const KeyAttribute& defined : read_attributes_defined(definitions)) {
    auto existing = table.attribute_type(defined.name);
    if (existing && *existing != defined.type)
      return invalid_values(
          "Attributes cannot be redefined. Please check that your attribute has the same type as previously "
          "defined. Existing schema: " +
          schema_text(table, defined, *existing) + " New schema: " + schema_text(table, defined, defined.type));
    if (!existing) merged.push_back(defined);
  }
  return merged;
}

AwsError no_such_index(const TableUpdate& update, const std::string& name) {
  return {errors::resource_not_found,
          "Requested resource not found: Index " + name + " for table " + update.before.name};
}

Result<void> create_index(TableUpdate& update, const Json& input) {
  std::string name = text_of(input, "IndexName");
  const Json* definitions = find(update.input, "AttributeDefinitions");
  if (!definitions) return invalid_values("AttributeDefinitions is not specified for index: " + name);
  TRY(update.next.attributes, merge_definitions(update.before, *definitions));
  TRY(Index index, read_global_index(input, update.next.attributes, update.next.billing, update.before.region));
  if (update.before.index(name)) return validation_error("Attempting to create an index which already exists");
  size_t global =
      static_cast<size_t>(std::count_if(update.before.indexes.begin(), update.before.indexes.end(),
                                        [](const Index& other) { return other.kind == IndexKind::global; }));
  if (global >= kGlobalIndexesMax)
    return AwsError(errors::limit_exceeded,
                    "Subscriber limit exceeded: Number of global secondary indexes exceeds per-table limit of 20");
  index.status = IndexStatus::creating;
  update.next.indexes.push_back(std::move(index));
  update.created_indexes.push_back(name);
  TRY_VOID(check_attributes_used(update.next));
  return check_non_key_attributes(update.next);
}

Result<void> delete_index(TableUpdate& update, const Json& input) {
  std::string name = text_of(input, "IndexName");
  const Index* existing = update.before.index(name);
  if (!existing) return no_such_index(update, name);
  if (existing->kind == IndexKind::local)
    return validation_error("Cannot delete an index that is not a GlobalSecondaryIndex: " + name);
  for (Index& index : update.next.indexes) {
    if (index.name == name) index.status = IndexStatus::deleting;
  }
  update.deleted_indexes.push_back(name);
  return {};
}

/// A change of an index's capacity that has nothing for it to change.
AwsError nothing_to_update(BillingMode billing, const std::string& name) {
  if (billing == BillingMode::provisioned)
    return invalid_values("Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: " + name);
  return invalid_values("The only Updates for index: " + name +
                        " when TableThroughputMode is PAY_PER_REQUEST can be to OnDemandThroughput, WarmThroughput");
}

Result<void> update_index(TableUpdate& update, const Json& input) {
  std::string name = text_of(input, "IndexName");
  auto it = std::find_if(update.next.indexes.begin(), update.next.indexes.end(),
                         [&](const Index& index) { return index.name == name; });
  if (it == update.next.indexes.end()) return no_such_index(update, name);
  if (it->kind == IndexKind::local)
    return validation_error("Cannot update an index that is not a GlobalSecondaryIndex: " + name);
  const Json* throughput = find(input, "ProvisionedThroughput");
  const Json* on_demand = find(input, "OnDemandThroughput");
  const Json* warm = find(input, "WarmThroughput");
  BillingMode billing = update.next.billing;
  if (!throughput && !warm && (!on_demand || on_demand->empty())) return nothing_to_update(billing, name);
  if (throughput) {
    if (billing == BillingMode::pay_per_request)
      return invalid_values("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: " + name +
                            " when BillingMode is PAY_PER_REQUEST");
    TRY_VOID(check_units(*throughput, update.before.region, &name));
    Throughput wanted = read_throughput(*throughput);
    if (wanted.read_units == it->throughput.read_units && wanted.write_units == it->throughput.write_units)
      return unchanged_throughput("index " + name, it->throughput);
    TRY_VOID(change_throughput(it->throughput, wanted, update.now_ms));
  }
  if (on_demand) TRY_VOID(read_on_demand(*on_demand, it->on_demand, billing, &name));
  if (warm) return raise_warm(*warm, billing, it->throughput, &name, it->warm);
  return {};
}

/// One online index operation at a time.
Result<void> check_online(const TableUpdate& update, const Json& elements) {
  size_t online = 0;
  for (const Json& element : elements) {
    if (!find(element, "Update")) ++online;
  }
  for (const Index& index : update.before.indexes) {
    if (online && (index.status == IndexStatus::creating || index.status == IndexStatus::deleting)) ++online;
  }
  if (online <= 1) return {};
  return AwsError(errors::limit_exceeded,
                  "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table");
}

/// A table that goes to PROVISIONED needs units for every index.
Result<void> check_index_units(const TableUpdate& update) {
  if (update.next.billing != BillingMode::provisioned) return {};
  for (const Index& index : update.next.indexes) {
    if (index.kind == IndexKind::global && !index.throughput.read_units)
      return invalid_values("ProvisionedThroughput must be specified for index: " + index.name);
  }
  return {};
}

}  // namespace

Result<void> check_index_updates(const Json& input) {
  const Json* elements = find(input, "GlobalSecondaryIndexUpdates");
  if (!elements) return {};
  std::set<std::string> seen;
  for (const Json& element : *elements) {
    const Json* action = nullptr;
    size_t actions = 0;
    for (const char* member : {"Update", "Create", "Delete"}) {
      if (const Json* candidate = find(element, member)) {
        action = candidate;
        ++actions;
      }
    }
    if (!action)
      return invalid_values(
          "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
          "GlobalSecondaryIndexUpdate.Delete must not be null");
    if (actions > 1)
      return invalid_values("Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object");
    std::string name = text_of(*action, "IndexName");
    if (!seen.insert(name).second)
      return invalid_values("Only one global secondary index update per index is allowed simultaneously. Index: " +
                            name);
    const Json* warm = find(*action, "WarmThroughput");
    if (warm && warm->empty() && find(element, "Update"))
      return invalid_values(
          "WarmThroughput must have at least one of ReadUnitsPerSecond or WriteUnitsPerSecond specified for "
          "index: " +
          name);
  }
  return {};
}

Result<void> update_indexes(TableUpdate& update) {
  if (const Json* elements = find(update.input, "GlobalSecondaryIndexUpdates")) {
    TRY_VOID(check_online(update, *elements));
    for (const Json& element : *elements) {
      if (const Json* create = find(element, "Create")) TRY_VOID(create_index(update, *create));
      if (const Json* erase = find(element, "Delete")) TRY_VOID(delete_index(update, *erase));
      if (const Json* change = find(element, "Update")) TRY_VOID(update_index(update, *change));
    }
  }
  return check_index_units(update);
}

}  // namespace millrace::dynamodb
