#include "emulator/services/dynamodb/items/write_request.h"

namespace millrace::dynamodb {

void read_shared(WriteRequest& request) {
  request.input.read_placeholders();
  request.expected = read_legacy(request.input, "Expected");
  request.write.item_on_failure = request.input.text("ReturnValuesOnConditionCheckFailure") == "ALL_OLD";
}

Result<void> check_returns_old_only(const ItemInput& input) {
  auto wanted = input.optional_text("ReturnValues");
  if (!wanted || *wanted == "ALL_OLD" || *wanted == "NONE") return {};
  return input.invalid("ReturnValues can only be ALL_OLD or NONE");
}

protocol::HttpReply write_answer(const WriteRequest& request, const WriteResult& result,
                                 const std::optional<AttributeMap>& attributes) {
  const tables::Table& table = *request.write.table;
  std::string body;
  {
    JsonObject answer(body);
    if (attributes) append_json(answer.member("Attributes"), *attributes);
    auto mode = capacity_mode(request.input.text("ReturnConsumedCapacity"));
    if (mode != CapacityMode::none) append_consumed(answer.member("ConsumedCapacity"), table.name, result.consumed, mode);
    if (has_local_index(table) && request.input.text("ReturnItemCollectionMetrics") == "SIZE") {
      append_collection_metrics(answer.member("ItemCollectionMetrics"), table, request.write.key_attributes);
    }
  }
  return json_reply(std::move(body));
}

std::optional<AttributeMap> old_if_asked(const WriteRequest& request, const WriteResult& result) {
  if (request.input.text("ReturnValues") != "ALL_OLD") return std::nullopt;
  return result.old_item;
}

}  // namespace millrace::dynamodb
