#pragma once
// What a caller must be allowed to use an item operation: the action on the table, or on the index that is read, with
// the keys that conditions may ask for (dynamodb:LeadingKeys, dynamodb:Attributes, ...) and the table's own policy.
// Source: service authorization reference, "Actions, resources, and condition keys for Amazon DynamoDB".

#include <functional>
#include <string>
#include <string_view>

#include "emulator/protocol/operation.h"
#include "emulator/services/dynamodb/items/item_context.h"

namespace millrace::dynamodb {

using AccessRule = std::function<Result<protocol::AccessNeeds>(const protocol::Call&)>;

/// The action on the table that `TableName` names, or on its index `IndexName`.
AccessRule access_to_table(const ItemContext& db, std::string action);
/// The action on every table that the request names: the keys of RequestItems.
AccessRule access_to_request_items(const ItemContext& db, std::string action);
/// The actions of a transaction: for each element of TransactItems the one that its member names ("Put" needs
/// dynamodb:PutItem), on its table.
AccessRule access_to_transact_items(const ItemContext& db);

/// One need: `action` ("PutItem") on a table by its name or ARN.
protocol::AccessNeed table_need(const ItemContext& db, const protocol::Caller& caller, std::string_view action,
                                std::string_view name_or_arn, protocol::ConditionContext context = {});

}  // namespace millrace::dynamodb
