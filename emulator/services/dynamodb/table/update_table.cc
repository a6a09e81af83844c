#include "emulator/services/dynamodb/table/description.h"
#include "emulator/services/dynamodb/table/lifecycle.h"
#include "emulator/services/dynamodb/table/replicas.h"
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
                                                     optional("WarmThroughput", warm_throughput_shape())})),
                       optional("Create", global_index_shape()),
                       optional("Delete", structure({required("IndexName", index_name_shape())})),
                   })
      .named("GlobalSecondaryIndexUpdate");
}

Result<void> apply(TableUpdate& update) {
  TRY_VOID(update_billing(update));
  TRY_VOID(update_indexes(update));
  TRY_VOID(update_stream(update));
  TRY_VOID(update_encryption(update));
  TRY_VOID(update_class(update));
  TRY_VOID(update_capacity_hints(update));
  if (find(update.input, "DeletionProtectionEnabled"))
    update.next.deletion_protection = bool_of(update.input, "DeletionProtectionEnabled");
  return {};
}

/// The answer: the state that AWS's clients see first, with the throughput as it was.
Json answer(const TableUpdate& update, const Table& next, const tables::TableStatistics& statistics) {
  Table shown = next;
  // Deletion protection is the one thing that AWS changes at once.
  bool at_once = find(update.input, "DeletionProtectionEnabled") != nullptr;
  if (!at_once) shown.status = tables::TableStatus::updating;
  shown.throughput = update.before.throughput;
  for (auto& index : shown.indexes) {
    if (const auto* old = update.before.index(index.name)) index.throughput = old->throughput;
  }
  return {{"TableDescription", describe(shown, statistics)}};
}

bool has_items(storage::Txn& txn, const Table& table) {
  bool any = false;
  std::string prefix = tables::table_prefix(table);
  txn.scan(storage::Family::items, prefix, storage::prefix_end(prefix),
           [&](std::string_view, std::string_view) {
             any = true;
             return false;
           });
  return any;
}

/// Without delays, what needs no work is done at once: an index of an empty table, an index's deletion.
void finish_what_can_be(TableService& service, storage::Txn& txn, TableUpdate& update) {
  if (service.context.aws_delays) return;
  for (auto& index : update.next.indexes) {
    if (index.status == IndexStatus::creating && !has_items(txn, update.next))
      index.status = IndexStatus::active;
  }
}

struct Committed {
  TablePtr table;
  Json answer;
  std::vector<uint64_t> created, deleted;  // indexes
};

Result<Committed> commit(TableService& service, const Json& input, uint64_t table_id,
                         const std::string& name) {
  Committed committed;
  TRY_VOID(service.context.store.transact([&](storage::Txn& txn) -> Result<void> {
    TablePtr current = service.tables.catalog.by_id(table_id);
    if (!current) return no_such_table(name);
    TRY_VOID(check_not_busy(*current));
    TableUpdate update{input, *current, service.context.clock.now_ms(), *current};
    TRY_VOID(apply(update));
    for (auto& index : update.next.indexes) {
      if (!index.id) index.id = service.tables.catalog.next_id(txn);
    }
    if (update.opens_stream) open_stream(service, txn, update.next);
    if (update.closes_stream) service.tables.streams.close(txn, current->stream.id);
    committed.answer = answer(update, update.next, service.tables.statistics);
    finish_what_can_be(service, txn, update);
    for (const auto& index : update.next.indexes) {
      if (index.status == IndexStatus::creating) committed.created.push_back(index.id);
      if (index.status == IndexStatus::deleting) committed.deleted.push_back(index.id);
    }
    committed.table = std::make_shared<const Table>(update.next);
    if (find(input, "DeletionProtectionEnabled"))
      service.tables.catalog.put(txn, update.next);
    else
      put_updated(service, txn, update.next);
    return {};
  }));
  return committed;
}

/// Starts what goes on after the answer.
void carry_on(TableService& service, const Committed& committed, bool delayed) {
  uint64_t id = committed.table->id;
  for (uint64_t index : committed.created) start_backfill(service, id, index, delayed ? kIndexCreateMs : 0);
  for (uint64_t index : committed.deleted) {
    if (!delayed)
      finish_index_deletion(service, id, index);
    else
      service.background.at(service.context.clock.now_ms() + kIndexDeleteMs,
                            [&service, id, index] { finish_index_deletion(service, id, index); });
  }
  if (delayed && committed.created.empty() && committed.deleted.empty())
    schedule_settling(service, id, kUpdateMs);
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
      optional("DeletionProtectionEnabled", boolean()),
      optional("OnDemandThroughput", on_demand_shape()),
      optional("WarmThroughput", warm_throughput_shape()),
  });
  auto handle = [&service](Call& call) -> Result<Json> {
    TRY_VOID(check_table_name(text_of(call.input, "TableName")));
    TRY_VOID(check_update_combination(call.input));
    TRY(TablePtr named, find_table(service, call));
    if (find(call.input, "ReplicaUpdates")) return update_replicas(service, call, named);
    TRY(Committed committed, commit(service, call.input, named->id, named->name));
    carry_on(service, committed, service.context.aws_delays);
    return std::move(committed.answer);
  };
  return {.name = "UpdateTable",
          .input = &input,
          .access = table_access(service, "UpdateTable"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::dynamodb
