#include <set>

#include "emulator/ports/faults.h"
#include "emulator/services/dynamodb/errors.h"
#include "emulator/services/dynamodb/items/keys.h"
#include "emulator/services/dynamodb/items/operations.h"
#include "emulator/services/dynamodb/items/parts.h"
#include "emulator/services/dynamodb/items/usage.h"
#include "emulator/tables/item_keys.h"

namespace millrace::dynamodb {
namespace {

using protocol::optional;
using protocol::required;
namespace dom = simdjson::dom;

constexpr size_t kRequestsMax = 25;  // source: API reference, BatchWriteItem

const protocol::Shape& input_shape() {
  static const protocol::Shape shape = protocol::structure({
      optional("ReturnConsumedCapacity", capacity_shape()),
      optional("ReturnItemCollectionMetrics", metrics_shape()),
      required(
          "RequestItems",
          protocol::map(
              protocol::list(
                  protocol::structure(
                      {
                          optional("DeleteRequest",
                                   protocol::structure({required("Key", protocol::map(protocol::any()))})
                                       .named(model_name("DeleteRequest"))),
                          optional("PutRequest", protocol::structure({required("Item", protocol::map(protocol::any()))})
                                                     .named(model_name("PutRequest"))),
                      })
                      .named(model_name("WriteRequest")))
                  .length(1, 25))
              .keys(item_table_shape())
              .length(1, 25)
              .named(map_name("java.util.List<" + model_name("WriteRequest") + ">"))),
  });
  return shape;
}

/// AWS names a bad enumeration alone, and shows requests without what they lack.
std::optional<std::string> reworded(const ItemInput& input, const std::string& message) {
  for (const char* member : {"returnConsumedCapacity", "returnItemCollectionMetrics"}) {
    const std::string at = std::string("' at '") + member + "'";
    if (message.find(at) == std::string::npos) continue;
    const size_t end = message.find("]", message.find(at));
    return "1 validation error detected: " + message.substr(message.find("Value '"), end + 1 - message.find("Value '"));
  }
  dom::object map;
  auto items = input.find("RequestItems");
  // unverified: that an empty map is told in these words in both batches
  if (items && !items->get_object().get(map) && map.size() == 0) {
    return constraint_text("RequestItems", "Member must have length greater than or equal to 1");
  }
  std::string out = message;
  for (std::string_view absent : {"deleteRequest=null, ", ", putRequest=null"}) {
    for (size_t at; (at = out.find(absent)) != std::string::npos;) out.erase(at, absent.size());
  }
  return out;
}

/// One put or delete.
struct Request {
  Request(std::string_view name, dom::element as_it_came)
      : table_name(name), input(as_it_came, Wording::plain), content(as_it_came) {}

  std::string table_name;  // as the caller wrote it
  ItemInput input;
  dom::element content;  // for UnprocessedItems
  bool has_put = false, has_delete = false;
  bool in_transaction = false;  // another request's: not now
  bool left = false;            // a test wants it to come back
  ItemWrite write;
};
using Requests = std::vector<std::unique_ptr<Request>>;

Requests read_requests(const ItemInput& input) {
  Requests out;
  dom::object map;
  auto items = input.find("RequestItems");
  if (!items || items->get_object().get(map)) return out;
  for (auto [name, content] : map) {
    dom::array list;
    if (content.get_array().get(list)) continue;
    for (dom::element element : list) {
      auto request = std::make_unique<Request>(name, element);
      auto put = request->input.find("PutRequest"), remove = request->input.find("DeleteRequest");
      request->has_put = put.has_value();
      request->has_delete = remove.has_value();
      dom::element attributes;
      if (put && !put->at_key("Item").get(attributes))
        request->write.item = request->input.attribute_map(attributes, "values");
      if (remove && !remove->at_key("Key").get(attributes)) {
        request->write.key_attributes = request->input.attribute_map(attributes, "values");
      }
      request->write.kind = request->has_put ? ItemWrite::Kind::put : ItemWrite::Kind::remove;
      out.push_back(std::move(request));
    }
  }
  return out;
}

Result<void> check_requests(const ItemInput& input, const Requests& requests) {
  if (requests.size() > kRequestsMax) return input.invalid("Too many items requested for the BatchWriteItem call");
  for (const auto& request : requests) {
    if (request->has_put && request->has_delete) {
      return input.invalid(
          "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported "
          "datatypes");
    }
    if (!request->has_put && !request->has_delete) {
      return input.invalid("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
    }
    TRY_VOID(request->input.check_values("values"));
    if (size_bytes(request->write.item) > kItemBytesMax) return input.invalid(kItemTooLarge);
  }
  return {};
}

Result<void> find_keys(const ItemContext& db, const protocol::Caller& caller, const Requests& requests) {
  std::set<std::string> seen;
  for (const auto& request : requests) {
    ItemWrite& write = request->write;
    TRY(write.table, find_table(db, caller, request->table_name));
  }
  for (const auto& request : requests) {
    ItemWrite& write = request->write;
    if (request->has_put) {
      TRY(write.key, key_of_new_item_in_batch(*write.table, write.item));
      write.key_attributes = tables::key_attributes(write.table->key, write.item);
    } else {
      TRY(write.key, key_of(*write.table, write.key_attributes));
    }
    if (!seen.insert(write.key).second) return validation_error("Provided list of item keys contains duplicates");
  }
  return {};
}

struct Batch {
  explicit Batch(const protocol::Call& call) : input(call, Wording::plain) {}
  ItemInput input;
  Requests requests;
};

/// A test asks for it: the last ones come back unprocessed.
void leave_some(const ItemContext& db, const protocol::Call& call, Batch& batch) {
  const ports::FaultyCall asked{"dynamodb",     "BatchWriteItem", call.caller.account, call.http.target,
                                call.http.body, call.request_id,  db.clock.now_ms()};
  const size_t left = db.faults->unprocessed_of(asked, batch.requests.size());
  for (size_t i = 0; i < left && i < batch.requests.size(); ++i)
    batch.requests[batch.requests.size() - 1 - i]->left = true;
}

Result<void> prepare(const ItemContext& db, const protocol::Call& call, Batch& batch) {
  batch.requests = read_requests(batch.input);
  TRY_VOID(batch.input.check(input_shape(), reworded));
  for (const auto& request : batch.requests) TRY_VOID(request->input.check_types());
  TRY_VOID(check_requests(batch.input, batch.requests));
  TRY_VOID(find_keys(db, call.caller, batch.requests));
  // Each write of a batch is one of its own, and BatchWriteItem has no error for conflicts: unverified that AWS hands
  // them back for another try.
  for (const auto& request : batch.requests) request->in_transaction = db.ongoing.holds(request->write.key);
  if (db.faults && db.faults->armed()) leave_some(db, call, batch);
  return {};
}

Result<protocol::HttpReply> write(storage::Txn& txn, const ItemContext& db, const Batch& batch) {
  std::map<std::string, Consumed> consumed;
  std::map<std::string, std::string> metrics, unprocessed;
  size_t written = 0;
  auto leave = [&](const Request& request) {
    std::string& list = unprocessed[request.table_name];
    list.append(list.empty() ? "" : ",").append(std::string(simdjson::minify(request.content)));
  };
  for (const auto& request : batch.requests) {
    if (request->in_transaction || request->left) {
      leave(*request);
      continue;
    }
    auto applied = apply_write(txn, db, request->write);
    const bool throttled = applied.has_error() &&
                           (applied.error().is(errors::throughput_exceeded) || applied.error().is(errors::throttling));
    // Nothing written at all is an error; otherwise what found no capacity comes back.
    const bool is_last = request == batch.requests.back();
    if (applied.has_error() && (!throttled || (is_last && !written))) return std::move(applied).error();
    if (throttled) {
      leave(*request);
      continue;
    }
    WriteResult result = std::move(applied).value();
    ++written;
    const tables::Table& table = *request->write.table;
    consumed[table.name].add(result.consumed);
    if (!has_local_index(table)) continue;
    std::string& list = metrics[request->table_name];
    if (!list.empty()) list.push_back(',');
    append_collection_metrics(list, table, request->write.key_attributes);
  }
  std::string body = "{\"UnprocessedItems\":{";
  for (const auto& [name, list] : unprocessed) {
    if (body.back() == ']') body.push_back(',');
    append_json_string(body, name);
    body.append(":[").append(list).append("]");
  }
  body.push_back('}');
  if (batch.input.text("ReturnItemCollectionMetrics") == "SIZE") append_collection_metrics_map(body, metrics);
  append_consumed_list(body, consumed, capacity_mode(batch.input.text("ReturnConsumedCapacity")));
  return json_reply(body + "}");
}

}  // namespace

protocol::Operation batch_write_item(const ItemContext& db) {
  return {.name = "BatchWriteItem",
          .access = access_to_request_items(db, "BatchWriteItem"),
          .handle = protocol::AsyncHandler([db](std::shared_ptr<protocol::Call> call, protocol::Responder respond) {
            auto batch = std::make_shared<Batch>(*call);
            if (auto checked = prepare(db, *call, *batch); checked.has_error())
              return respond(std::move(checked).error());
            answer_after_write(db, std::move(respond), [db, call, batch](storage::Txn& txn) {
              auto written = write(txn, db, *batch);
              if (written.has_error()) return written;
              served_each(
                  db, batch->requests, [](const auto& one) { return one->write.table.get(); },
                  Metered::batch_write_item, *call);
              return written;
            });
          }),
          .dom_input = true};
}

}  // namespace millrace::dynamodb
