#include "emulator/services/dynamodb/items/parts.h"

#include <algorithm>

#include "emulator/services/dynamodb/errors.h"
#include "emulator/services/dynamodb/items/keys.h"
#include "emulator/tables/item_keys.h"

namespace millrace::dynamodb {

using protocol::Shape;

Shape item_table_shape() {
  return protocol::string().length(3, 255).pattern("[a-zA-Z0-9_.-]+").or_arn();
}
Shape item_index_shape() {
  return protocol::string().length(3, 255).pattern("[a-zA-Z0-9_.-]+");
}
Shape capacity_shape() {
  return protocol::string().one_of({"INDEXES", "TOTAL", "NONE"});
}
Shape metrics_shape() {
  return protocol::string().one_of({"SIZE", "NONE"});
}
Shape return_values_shape() {
  return protocol::string().one_of({"ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW"});
}
Shape failure_values_shape() {
  return protocol::string().one_of({"ALL_OLD", "NONE"});
}
// unverified: that a longer name which comes through ExpressionAttributeNames is refused as a constraint of its own
Shape attribute_name_shape() {
  return protocol::string().length(0, 65535);
}
Shape names_shape() {
  return protocol::map(attribute_name_shape()).named(map_name("java.lang.String"));
}

Shape map_of(const char* type, Shape element) {
  return protocol::map(element.named(model_name(type))).named(map_name(model_name(type)));
}

protocol::HttpReply json_reply(std::string body) {
  protocol::HttpReply reply;
  reply.body = std::move(body);
  return reply;
}

void answer_after_write(const ItemContext& db, protocol::Responder respond,
                        std::function<Result<protocol::HttpReply>(storage::Txn&)> change,
                        std::shared_ptr<OngoingTransactions::Hold> hold) {
  auto result = std::make_shared<std::optional<Result<protocol::HttpReply>>>();
  db.store.submit_short(
      [result, change = std::move(change)](storage::Txn& txn) {
        result->emplace(change(txn));
        return !(*result)->has_error();
      },
      [result, respond = std::move(respond), hold = std::move(hold)](storage::Outcome outcome) {
        if (hold) hold->release();
        if (outcome == storage::Outcome::failed) {
          return respond(AwsError(errors::internal_error, "Internal server error"));
        }
        respond(std::move(**result));
      });
}

void append_collection_metrics(std::string& out, const tables::Table& table, const AttributeMap& item) {
  AttributeMap key;
  for (const auto& attribute : table.key.partition) {
    if (const AttributeValue* value = item.find(attribute.name)) key.set(attribute.name, *value);
  }
  // AWS estimates in steps of a gigabyte; a collection here is far below the first.
  out.append("{\"ItemCollectionKey\":");
  append_json(out, key);
  out.append(",\"SizeEstimateRangeGB\":[0.0,1.0]}");
}

void append_collection_metrics_map(std::string& out, const std::map<std::string, std::string>& by_table) {
  if (by_table.empty()) return;
  out.append(",\"ItemCollectionMetrics\":{");
  bool first = true;
  for (const auto& [name, list] : by_table) {
    if (!first) out.push_back(',');
    first = false;
    append_json_string(out, name);
    out.append(":[").append(list).append("]");
  }
  out.push_back('}');
}

bool has_local_index(const tables::Table& table) {
  return std::any_of(table.indexes.begin(), table.indexes.end(),
                     [](const auto& index) { return index.kind == tables::IndexKind::local; });
}

std::string& JsonObject::member(std::string_view name) {
  if (!first_) out_.push_back(',');
  first_ = false;
  out_.push_back('"');
  out_.append(name);
  out_.append("\":");
  return out_;
}

}  // namespace millrace::dynamodb
