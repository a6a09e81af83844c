#pragma once
// How a request changes an item: old item, condition, new item and its rules; then emulator/tables writes it with
// its index entries, its stream record and the figures, all in one change of the store. PutItem, UpdateItem,
// DeleteItem, batches, transactions and PartiQL go through apply_write().

#include <optional>
#include <string>

#include "emulator/base/result.h"
#include "emulator/services/dynamodb/expression/ast.h"
#include "emulator/services/dynamodb/items/capacity.h"
#include "emulator/services/dynamodb/items/item_context.h"

namespace millrace::dynamodb {

struct ItemWrite {
  enum class Kind { put, update, remove, check };
  Kind kind = Kind::put;
  tables::TablePtr table;  // as it was when the request was checked
  std::string key;         // under Family::items
  AttributeMap key_attributes;
  AttributeMap item;                     // put: the new item
  const Condition* condition = nullptr;  // nullptr: none
  const Update* update = nullptr;        // update: nullptr changes nothing but creates the item
  bool counts_expression = false;        // UpdateItem's UpdateExpression counts towards the item's size
  bool legacy_update = false;            // AttributeUpdates has words of its own for a type mismatch
  bool absent_is_fine = false;           // the condition holds for an item that doesn't exist (PartiQL's DELETE)
  bool in_transaction = false;           // costs twice
  bool item_on_failure = false;          // ReturnValuesOnConditionCheckFailure: ALL_OLD
};

struct WriteResult {
  std::optional<AttributeMap> old_item;
  std::optional<AttributeMap> new_item;  // also when nothing changed
  Consumed consumed;
};

/// Runs on the writer thread. Errors: ConditionalCheckFailedException (with `Item` if asked), ValidationException
/// for what the new item breaks, ResourceNotFoundException if the table is gone.
Result<WriteResult> apply_write(storage::Txn& txn, const ItemContext& db, const ItemWrite& write);

/// "Requested resource not found"
AwsError table_not_found();

/// The caller's table, if it serves items; AccessDeniedException if it is under a KMS key that the caller can't use.
Result<tables::TablePtr> find_table(const ItemContext& db, const protocol::Caller& caller,
                                    std::string_view name_or_arn);

/// 400 KB. Source: developer guide, "Items" quotas.
inline constexpr size_t kItemBytesMax = 409'600;
inline constexpr char kItemTooLarge[] = "Item size has exceeded the maximum allowed size";

}  // namespace millrace::dynamodb
