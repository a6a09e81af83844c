#include "emulator/services/dynamodb/table/expiry.h"
#include "emulator/services/dynamodb/table/rapid_changes.h"
#include "emulator/services/dynamodb/table/replicas.h"
#include "emulator/services/dynamodb/table/table_service.h"
#include "emulator/services/dynamodb/table/table_shapes.h"

namespace millrace::dynamodb {

using namespace protocol;
using tables::Table;
using tables::TablePtr;

namespace {

/// AWS takes up to an hour; here a change is in force when the answer is given.
Result<void> apply(Table& table, bool enable, const std::string& attribute) {
  if (enable && table.ttl_attribute == attribute) return validation_error("TimeToLive is already enabled");
  if (enable && !table.ttl_attribute.empty())
    return validation_error("TimeToLive is active on a different AttributeName: current AttributeName is " +
                            table.ttl_attribute);
  if (!enable && table.ttl_attribute.empty()) return validation_error("TimeToLive is already disabled");
  if (!enable && table.ttl_attribute != attribute)
    return validation_error("TimeToLive is active on a different AttributeName: current AttributeName is " +
                            table.ttl_attribute);
  table.ttl_attribute = enable ? attribute : "";
  return {};
}

}  // namespace

Operation update_time_to_live(TableService& service) {
  static const Shape input = structure({
      required("TableName", named_table_shape()),
      required("TimeToLiveSpecification",
               structure({required("AttributeName", string().length(1, 255)), required("Enabled", boolean())})
                   .named(model_name("TimeToLiveSpecification"))),
  });
  auto handle = [&service](Call& call) -> Result<Json> {
    TRY(TablePtr named, find_table(service, call));
    const Json& specification = *find(call.input, "TimeToLiveSpecification");
    bool enable = bool_of(specification, "Enabled");
    std::string attribute = text_of(specification, "AttributeName");
    std::vector<uint64_t> changed_ids;
    TRY_VOID(service.context.store.transact([&](storage::Txn& txn) -> Result<void> {
      TablePtr current = service.tables.catalog.by_id(named->id);
      if (!current) return no_such_table(named->name);
      if (current->status == tables::TableStatus::creating)
        return AwsError(errors::resource_in_use, "Attempt to change a resource which is still in use: Table " +
                                                     current->name + " is being created");
      Table table = *current;
      TRY_VOID(apply(table, enable, attribute));
      TRY_VOID(note_change(service, table, Setting::time_to_live));
      // The whole group of replicas has one setting.
      auto members = group_of(service, table);
      members.push_back(std::make_shared<const Table>(table));
      for (const TablePtr& member : members) {
        Table changed = *member;
        changed.ttl_attribute = table.ttl_attribute;
        forget_expiries(txn, changed);
        changed_ids.push_back(changed.id);
        service.tables.catalog.put(txn, std::move(changed));
      }
      return {};
    }));
    for (uint64_t id : changed_ids) {
      if (enable) start_expiry_backfill(service, id);
    }
    return Json{{"TimeToLiveSpecification", {{"Enabled", enable}, {"AttributeName", attribute}}}};
  };
  return {.name = "UpdateTimeToLive",
          .input = &input,
          .access = table_access(service, "UpdateTimeToLive"),
          .handle = JsonHandler(handle)};
}

Operation describe_time_to_live(TableService& service) {
  static const Shape input = structure({required("TableName", named_table_shape())});
  auto handle = [&service](Call& call) -> Result<Json> {
    TRY(TablePtr table, find_table(service, call));
    if (table->status == tables::TableStatus::creating || table->status == tables::TableStatus::deleting) {
      std::string state = text(table->status);
      return validation_error("Cannot describe time to live while table is in " + state +
                              " state: Current table state is " + state);
    }
    Json description{{"TimeToLiveStatus", "DISABLED"}};
    if (!table->ttl_attribute.empty())
      description = {{"AttributeName", table->ttl_attribute}, {"TimeToLiveStatus", "ENABLED"}};
    return Json{{"TimeToLiveDescription", std::move(description)}};
  };
  return {.name = "DescribeTimeToLive",
          .input = &input,
          .access = table_access(service, "DescribeTimeToLive"),
          .handle = JsonHandler(handle),
          .runs = Runs::inlined};
}

}  // namespace millrace::dynamodb
