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
protocol::Operation batch_get_item(const ItemContext& db);
protocol::Operation batch_write_item(const ItemContext& db);
protocol::Operation transact_get_items(const ItemContext& db);
protocol::Operation transact_write_items(const ItemContext& db);

// PartiQL (../partiql).
protocol::Operation execute_statement(const ItemContext& db);
protocol::Operation batch_execute_statement(const ItemContext& db);
protocol::Operation execute_transaction(const ItemContext& db);

/// All of them, for the service's table.
std::vector<protocol::Operation> item_operations(const ItemContext& db);

}  // namespace millrace::dynamodb
