#pragma once
// The item operations, each in the file of its name.

#include <vector>

#include "emulator/protocol/operation.h"
#include "emulator/services/dynamodb/items/item_context.h"

namespace millrace::dynamodb {

protocol::Operation get_item(const ItemContext& db);
protocol::Operation put_item(const ItemContext& db);
protocol::Operation update_item(const ItemContext& db);
protocol::Operation delete_item(const ItemContext& db);
protocol::Operation query(const ItemContext& db);
protocol::Operation scan(const ItemContext& db);

/// All of them, for the service's table.
std::vector<protocol::Operation> item_operations(const ItemContext& db);

}  // namespace millrace::dynamodb
