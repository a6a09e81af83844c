#pragma once
// What PutItem, UpdateItem and DeleteItem have in common: a condition, old or new, and what is returned.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "emulator/services/dynamodb/items/legacy.h"
#include "emulator/services/dynamodb/items/parts.h"

namespace millrace::dynamodb {

/// One write request on its way. The trees in it point to its placeholders and entries, so it stays where it is.
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

/// Reads what the three share from the JSON, before anything is checked.
void read_shared(WriteRequest& request);

/// `ReturnValues can only be ALL_OLD or NONE`
Result<void> check_returns_old_only(const ItemInput& input);

/// The answer to a write that returns these attributes, with what else was asked for.
protocol::HttpReply write_answer(const WriteRequest& request, const WriteResult& result,
                                 const std::optional<AttributeMap>& attributes);

/// The old item if ReturnValues is ALL_OLD.
std::optional<AttributeMap> old_if_asked(const WriteRequest& request, const WriteResult& result);

}  // namespace millrace::dynamodb
