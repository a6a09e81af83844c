#include "emulator/services/dynamodb/items/operations.h"

namespace millrace::dynamodb {

std::vector<protocol::Operation> item_operations(const ItemContext& db) {
  return {get_item(db), put_item(db), update_item(db), delete_item(db), query(db), scan(db)};
}

}  // namespace millrace::dynamodb
