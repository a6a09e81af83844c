#pragma once
// From a key condition to the keys that a query reads.

#include "emulator/services/dynamodb/expression/key_condition.h"
#include "emulator/services/dynamodb/items/page_reader.h"

namespace millrace::dynamodb {

/// Key values can't be empty, nor larger than keys can be.
Result<void> check_condition_values(const KeyCondition& condition, const tables::KeySchema& schema);

KeyRange query_range(const tables::Table& table, const tables::Index* index, const KeyCondition& condition);

/// Cuts the range to what follows the exclusive start key, which must lie in it.
Result<void> continue_query(PageRequest& page, const KeyCondition& condition, const AttributeMap& start);

}  // namespace millrace::dynamodb
