#pragma once
// What the item operations' declarations and handlers share.

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "emulator/protocol/operation.h"
#include "emulator/services/dynamodb/items/access.h"
#include "emulator/services/dynamodb/items/input.h"
#include "emulator/services/dynamodb/items/item_context.h"
#include "emulator/services/dynamodb/items/ongoing_transactions.h"
#include "emulator/services/dynamodb/items/write_path.h"
#include "emulator/services/dynamodb/model_name.h"

namespace millrace::dynamodb {

// ---- shapes of members that many operations have ----

protocol::Shape item_table_shape();
protocol::Shape item_index_shape();
protocol::Shape capacity_shape();        // ReturnConsumedCapacity
protocol::Shape metrics_shape();         // ReturnItemCollectionMetrics
protocol::Shape return_values_shape();   // ReturnValues
protocol::Shape failure_values_shape();  // ReturnValuesOnConditionCheckFailure
protocol::Shape attribute_name_shape();
protocol::Shape names_shape();  // ExpressionAttributeNames
/// A map from names to structures, called by the Java type that errors print.
protocol::Shape map_of(const char* type, protocol::Shape element);

// ---- answers ----

/// The answer with the body.
protocol::HttpReply json_reply(std::string body);

/// Runs `change` on the writer thread and answers with what it returns; an error rolls it back. A transaction's items
/// are given back before it is answered.
void answer_after_write(const ItemContext& db, protocol::Responder respond,
                        std::function<Result<protocol::HttpReply>(storage::Txn&)> change,
                        std::shared_ptr<OngoingTransactions::Hold> hold = nullptr);

/// `"ItemCollectionMetrics":{...}`: the item collection that a write touched.
void append_collection_metrics(std::string& out, const tables::Table& table, const AttributeMap& item);
/// `,"ItemCollectionMetrics":{"T":[...]}`: of batches and transactions, the lists by table; nothing if there are none.
void append_collection_metrics_map(std::string& out, const std::map<std::string, std::string>& by_table);
/// Only tables with local indexes have item collections.
bool has_local_index(const tables::Table& table);

/// Joins members of an answer.
class JsonObject {
 public:
  explicit JsonObject(std::string& out) : out_(out) { out_.push_back('{'); }
  ~JsonObject() { out_.push_back('}'); }
  /// Appends `"name":`, after a comma where needed; the value is the caller's to append.
  std::string& member(std::string_view name);

 private:
  std::string& out_;
  bool first_ = true;
};

}  // namespace millrace::dynamodb
