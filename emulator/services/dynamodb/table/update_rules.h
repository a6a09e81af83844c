#pragma once
// The parts of an UpdateTable request, each applied to a copy of the table with AWS's rules and words.

#include <string>
#include <vector>

#include "emulator/base/json.h"
#include "emulator/base/result.h"
#include "emulator/services/dynamodb/table/table_service.h"

namespace millrace::dynamodb {

/// A table in the course of being updated. `next` is what it becomes; the lists say what must happen beside
/// that.
struct TableUpdate {
  const Json& input;
  const tables::Table& before;
  Millis now_ms;
  tables::Table next;
  const ports::Keys& keys;
  bool opens_stream = false;
  bool closes_stream = false;
  std::vector<std::string> created_indexes;
  std::vector<std::string> deleted_indexes;
};

/// What may not stand together in one request, and the empty request.
Result<void> check_update_combination(const Json& input);

Result<void> update_billing(TableUpdate& update);         // BillingMode, ProvisionedThroughput
Result<void> update_indexes(TableUpdate& update);         // GlobalSecondaryIndexUpdates with AttributeDefinitions
Result<void> update_stream(TableUpdate& update);          // StreamSpecification
Result<void> update_encryption(TableUpdate& update);      // SSESpecification
Result<void> update_class(TableUpdate& update);           // TableClass
Result<void> update_capacity_hints(TableUpdate& update);  // OnDemandThroughput, WarmThroughput

/// Takes over a higher warm throughput; it can't be lowered. `index`: nullptr for the table's own.
Result<void> raise_warm(const Json& input, tables::BillingMode billing, const tables::Throughput& throughput,
                        const std::string* index, tables::WarmThroughput& warm);
/// GlobalSecondaryIndexUpdates as far as they are judged before the table is looked up.
Result<void> check_index_updates(const Json& input);

/// Takes over a new throughput; notes when it grew or shrank, and refuses to shrink too often.
Result<void> change_throughput(tables::Throughput& current, const tables::Throughput& wanted, Millis now_ms);
/// `The provisioned throughput for the table will not change. ...`; `what` is "table" or "index X".
AwsError unchanged_throughput(const std::string& what, const tables::Throughput& current);

}  // namespace millrace::dynamodb
