#include "emulator/services/dynamodb/items/operations.h"

namespace millrace::dynamodb {

std::vector<protocol::Operation> item_operations(const ItemContext& db) {
  return {get_item(db),
          put_item(db),
          update_item(db),
          delete_item(db),
          query(db),
          scan(db),
          batch_get_item(db),
          batch_write_item(db),
          transact_get_items(db),
          transact_write_items(db),
          execute_statement(db),
          batch_execute_statement(db),
          execute_transaction(db)};
}

}  // namespace millrace::dynamodb
