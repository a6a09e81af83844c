#include "emulator/services/dynamodb/table/description.h"
#include "emulator/services/dynamodb/table/lifecycle.h"
#include "emulator/services/dynamodb/table/rapid_changes.h"
#include "emulator/services/dynamodb/table/replicas.h"
#include "emulator/services/dynamodb/table/table_rules.h"
#include "emulator/services/dynamodb/table/table_shapes.h"
#include "emulator/services/dynamodb/table/update_rules.h"

namespace millrace::dynamodb {

using namespace protocol;
using tables::IndexStatus;
using tables::Table;
using tables::TablePtr;

namespace {

Shape index_update_shape() {
  return structure({
                       optional("Update", structure({required("IndexName", index_name_shape()),
                                                     optional("ProvisionedThroughput", throughput_shape()),
                                                     optional("OnDemandThroughput", on_demand_shape()),
                                                     optional("WarmThroughput", warm_throughput_shape())})
                                              .named(model_name("UpdateGlobalSecondaryIndexAction"))),
                       optional("Create", global_index_shape().named(model_name("CreateGlobalSecondaryIndexAction"))),
                       optional("Delete", structure({required("IndexName", index_name_shape())})
                                              .named(model_name("DeleteGlobalSecondaryIndexAction"))),
                   })
      .named(model_name("GlobalSecondaryIndexUpdate"));
}

Result<void> apply(TableUpdate& update) {
  TRY_VOID(update_billing(update));
  TRY_VOID(update_indexes(update));
  TRY_VOID(update_stream(update));
  TRY_VOID(update_encryption(update));
  TRY_VOID(update_class(update));
  TRY_VOID(update_capacity_hints(update));
  return {};
}

Result<void> update_protection(TableService& service, TableUpdate& update) {
  if (!find(update.input, "DeletionProtectionEnabled")) return {};
  TRY_VOID(note_change(service, update.next, Setting::deletion_protection));
  update.next.deletion_protection = bool_of(update.input, "DeletionProtectionEnabled");
  return {};
}

/// The units as they were; when they were changed last is new (unverified for decreases).
void show_old_units(tables::Throughput& shown, const tables::Throughput& before) {
  shown.read_units = before.read_units;
  shown.write_units = before.write_units;
}

/// The answer: the state that AWS's clients see first, with the throughput as it was.
Json answer(const TableUpdate& update, const Table& next, const tables::TableStatistics& statistics) {
  Table shown = next;
  // These leave the table ACTIVE: deletion protection is changed at once, the others have a status of their
  // own.
  bool encrypts = find(update.input, "SSESpecification") != nullptr;
  bool warms = find(update.input, "WarmThroughput") != nullptr;
  bool stays_active = encrypts || warms || find(update.input, "DeletionProtectionEnabled");
  if (!stays_active) shown.status = tables::TableStatus::updating;
  if (encrypts) {
    const Json* current = find(update.before.settings, "SSEDescription");
    Json description = current ? *current : Json::object();
    description["Status"] = "UPDATING";
    shown.settings["SSEDescription"] = std::move(description);
  }
  show_old_units(shown.throughput, update.before.throughput);
  for (auto& index : shown.indexes) {
    if (const auto* old = update.before.index(index.name)) show_old_units(index.throughput, old->throughput);
  }
  Json description = describe(shown, statistics);
  if (warms && description.contains("WarmThroughput")) description["WarmThroughput"]["Status"] = "UPDATING";
  return {{"TableDescription", std::move(description)}};
}

bool has_items(storage::Txn& txn, const Table& table) {
  bool any = false;
  std::string prefix = tables::table_prefix(table);
  txn.scan(storage::Family::items, prefix, storage::prefix_end(prefix), [&](std::string_view, std::string_view) {
    any = true;
    return false;
  });
  return any;
}

/// Without delays, what needs no work is done at once: an index of an empty table, an index's deletion.
void finish_what_can_be(TableService& service, storage::Txn& txn, TableUpdate& update) {
  if (service.context.aws_delays) return;
  for (auto& index : update.next.indexes) {
    if (index.status == IndexStatus::creating && !has_items(txn, update.next)) index.status = IndexStatus::active;
  }
}

/// One table's part of a change.
struct Changed {
  uint64_t table_id = 0;
  Json answer;
  std::vector<uint64_t> created, deleted;  // indexes
};

/// What a member's change means for the whole group of replicas; the rest is each region's own.
Json group_wide(const Json& input) {
  Json out = Json::object();
  for (const char* member : {"AttributeDefinitions", "ProvisionedThroughput", "BillingMode",
                             "GlobalSecondaryIndexUpdates", "SSESpecification", "TableClass"}) {
    if (const Json* value = find(input, member)) out[member] = *value;
  }
  return out;
}

Result<Changed> change_one(TableService& service, storage::Txn& txn, const Json& input, const TablePtr& current) {
  TRY_VOID(check_not_busy(*current));
  TableUpdate update{input, *current, service.context.clock.now_ms(), *current, *service.keys};
  TRY_VOID(apply(update));
  TRY_VOID(update_protection(service, update));
  for (auto& index : update.next.indexes) {
    if (!index.id) index.id = service.tables.catalog.next_id(txn);
  }
  if (update.opens_stream) open_stream(service, txn, update.next);
  if (update.closes_stream) service.tables.streams.close(txn, current->stream.id);
  Changed changed;
  changed.table_id = current->id;
  changed.answer = answer(update, update.next, service.tables.statistics);
  finish_what_can_be(service, txn, update);
  for (const auto& index : update.next.indexes) {
    if (index.status == IndexStatus::creating) changed.created.push_back(index.id);
    if (index.status == IndexStatus::deleting) changed.deleted.push_back(index.id);
  }
  if (find(input, "DeletionProtectionEnabled"))
    service.tables.catalog.put(txn, update.next);
  else
    put_updated(service, txn, update.next);
  return changed;
}

/// In each of the group's regions.
Result<void> use_keys(TableService& service, const Call& call, const Table& table) {
  const Json* specification = find(call.input, "SSESpecification");
  TRY_VOID(change_encryption_key(service, specification, table, &call));
  for (const TablePtr& member : group_of(service, table))
    TRY_VOID(change_encryption_key(service, specification, *member, nullptr));
  return {};
}

/// The table's own change first.
Result<std::vector<Changed>> commit(TableService& service, const Json& input, const TablePtr& named) {
  std::vector<Changed> all;
  Json shared = group_wide(input);
  TRY_VOID(service.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    TablePtr current = service.tables.catalog.by_id(named->id);
    if (!current) return no_such_table(named->name);
    TRY(Changed changed, change_one(service, txn, input, current));
    all.push_back(std::move(changed));
    if (shared.empty()) return {};
    for (const TablePtr& member : group_of(service, *current)) {
      TRY(Changed also, change_one(service, txn, shared, member));
      all.push_back(std::move(also));
    }
    return {};
  }));
  return all;
}

/// Starts what goes on after the answer.
void carry_on(TableService& service, const Changed& changed, bool delayed) {
  uint64_t id = changed.table_id;
  for (uint64_t index : changed.created) start_backfill(service, id, index, delayed ? kIndexCreateMs : 0);
  for (uint64_t index : changed.deleted) {
    if (!delayed)
      finish_index_deletion(service, id, index);
    else
      service.background.at(service.context.clock.now_ms() + kIndexDeleteMs,
                            [&service, id, index] { finish_index_deletion(service, id, index); });
  }
  if (delayed && changed.created.empty() && changed.deleted.empty()) schedule_settling(service, id, kUpdateMs);
}

}  // namespace

Operation update_table(TableService& service) {
  static const Shape input = structure({
      required("TableName", named_table_shape()),
      optional("AttributeDefinitions", attribute_definitions_shape()),
      optional("ProvisionedThroughput", throughput_shape()),
      optional("BillingMode", billing_mode_shape()),
      optional("GlobalSecondaryIndexUpdates", list(index_update_shape())),
      optional("StreamSpecification", stream_specification_shape()),
      optional("SSESpecification", sse_specification_shape()),
      optional("TableClass", string()),
      optional("ReplicaUpdates", replica_updates_shape()),
      optional("GlobalTableWitnessUpdates", witness_updates_shape()),
      optional("MultiRegionConsistency", string().one_of({"EVENTUAL", "STRONG"})),
      optional("DeletionProtectionEnabled", boolean()),
      optional("OnDemandThroughput", on_demand_shape()),
      optional("WarmThroughput", warm_throughput_shape()),
  });
  auto handle = [&service](Call& call) -> Result<Json> {
    TRY_VOID(refuse_members(call, {"GlobalTableSettingsReplicationMode"}));
    TRY_VOID(check_table_name(text_of(call.input, "TableName")));
    TRY_VOID(check_update_combination(call.input));
    TRY_VOID(check_index_updates(call.input));
    TRY(TablePtr named, find_table(service, call));
    if (find(call.input, "ReplicaUpdates")) return update_replicas(service, call, named);
    TRY_VOID(use_keys(service, call, *named));
    TRY(auto all, commit(service, call.input, named));
    for (const Changed& changed : all) carry_on(service, changed, service.context.aws_delays);
    return std::move(all.front().answer);
  };
  return {.name = "UpdateTable",
          .input = &input,
          .access = table_access(service, "UpdateTable"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::dynamodb
