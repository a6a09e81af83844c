#pragma once
// The way that PutItem, UpdateItem and DeleteItem go: read, check in DynamoDB's order, find the table, check
// the key, write, answer. Their files say only what sets each of them apart.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "emulator/services/dynamodb/items/legacy.h"
#include "emulator/services/dynamodb/items/parts.h"

namespace millrace::dynamodb {

/// One write request on its way. The trees in it point to its placeholders and entries, so it stays where it
/// is.
struct WriteRequest {
  explicit WriteRequest(const protocol::Call& call) : input(call, Wording::prefixed) {}
  WriteRequest(const WriteRequest&) = delete;

  ItemInput input;
  Placeholders placeholders;
  std::vector<LegacyEntry> expected, attribute_updates;
  std::optional<Condition> condition;
  std::optional<Update> update;
  ItemWrite write;
};

/// What sets one of the three apart.
struct WriteOperation {
  const char* name;
  ItemWrite::Kind kind;
  const protocol::Shape& (*shape)();
  ItemInput::Reword reword;                      // of what the shape refuses
  const char* attributes;                        // the member that holds the item, or its key
  std::vector<const char*> legacy;               // these parameters ...
  std::vector<const char*> expressions;          // ... don't go together with these
  Result<void> (*check)(WriteRequest& request);  // its own checks, after those of the values
  /// What it checks before the values, if anything.
  Result<void> (*check_first)(const WriteRequest& request) = nullptr;
  /// The key under Family::items, with the checks that need the table.
  Result<std::string> (*key)(WriteRequest& request);
  /// The attributes that ReturnValues asks for.
  std::optional<AttributeMap> (*returned)(const WriteRequest& request, const WriteResult& result);
};

protocol::Operation write_operation(const ItemContext& db, WriteOperation operation);

/// `ReturnValues can only be ALL_OLD or NONE`
Result<void> check_returns_old_only(const ItemInput& input);

/// An empty TableName is told alone.
std::optional<std::string> table_name_first(const ItemInput& input, const std::string& message);

/// The old item if ReturnValues is ALL_OLD.
std::optional<AttributeMap> old_if_asked(const WriteRequest& request, const WriteResult& result);

}  // namespace millrace::dynamodb
