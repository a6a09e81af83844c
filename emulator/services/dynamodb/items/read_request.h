#pragma once
// The way that Query and Scan go: read, check in DynamoDB's order, choose what of the items is shown, read a
// page, answer. Their files say which keys are read.

#include <optional>
#include <string>
#include <vector>

#include "emulator/services/dynamodb/expression/key_condition.h"
#include "emulator/services/dynamodb/items/item_context.h"
#include "emulator/services/dynamodb/items/legacy.h"
#include "emulator/services/dynamodb/items/page_reader.h"
#include "emulator/services/dynamodb/items/parts.h"

namespace millrace::dynamodb {

/// What sets one of the two apart.
struct ReadOperation {
  const protocol::Shape& (*shape)();
  const char* legacy_filter;                         // QueryFilter, ScanFilter
  std::vector<const char*> legacy;                   // these parameters ...
  std::vector<const char*> expressions;              // ... don't go together with these
  std::vector<const char*> expressions_with_values;  // of them, those that may use ExpressionAttributeValues
  bool has_key_condition;
  Wording wording;
  ItemInput::Reword reword;  // of what the shape refuses
};

/// One query or scan on its way; its trees point into it.
struct ReadRequest {
  ReadRequest(const protocol::Call& call, const ReadOperation& its_operation)
      : operation(its_operation), input(call, its_operation.wording) {}
  ReadRequest(const ReadRequest&) = delete;

  const ReadOperation& operation;
  ItemInput input;
  Placeholders placeholders;
  std::vector<LegacyEntry> key_conditions, legacy_filter;
  AttributeMap start;          // ExclusiveStartKey
  std::vector<KeyTerm> terms;  // of the key condition
  std::optional<Condition> filter;
  std::optional<Projection> projection;
};

/// Reads the members and checks all that comes before the expressions; then the expressions.
Result<void> check_parameters(ReadRequest& request);
Result<void> check_expressions(ReadRequest& request);

/// Filter, projection and Select against the table and the index; what is read is the caller's to fill in.
Result<PageRequest> page_request(ReadRequest& request, const tables::Table& table, const tables::Index* index);

Result<protocol::HttpReply> answer_page(const ItemContext& db, const protocol::Call& call, const ReadRequest& request,
                                        const PageRequest& page);

/// Values of Select.
protocol::Shape select_shape();

}  // namespace millrace::dynamodb
