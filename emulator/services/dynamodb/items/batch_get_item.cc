#include <algorithm>
#include <set>

#include "emulator/base/attribute/item_codec.h"
#include "emulator/services/dynamodb/items/keys.h"
#include "emulator/services/dynamodb/items/legacy.h"
#include "emulator/services/dynamodb/items/operations.h"
#include "emulator/services/dynamodb/items/parts.h"
#include "emulator/services/dynamodb/items/stored_item.h"
#include "emulator/services/dynamodb/items/throttle.h"
#include "emulator/services/dynamodb/items/usage.h"

namespace millrace::dynamodb {
namespace {

using protocol::optional;
using protocol::required;
namespace dom = simdjson::dom;

// Source: API reference, BatchGetItem.
constexpr size_t kKeysMax = 100;
constexpr size_t kAnswerBytesMax = 16u << 20;  // of items, by the item size rules

const protocol::Shape& input_shape() {
  static const protocol::Shape shape = protocol::structure({
      optional("ReturnConsumedCapacity", capacity_shape()),
      required("RequestItems",
               map_of("KeysAndAttributes",
                      protocol::structure({
                          required("Keys", protocol::list(protocol::map(protocol::any())).length(1, 100)),
                          optional("AttributesToGet", attributes_to_get_shape()),
                          optional("ConsistentRead", protocol::boolean()),
                          optional("ProjectionExpression", protocol::string()),
                          optional("ExpressionAttributeNames", names_shape()),
                      }))
                   .keys(item_table_shape())
                   .length(1, 100)),
  });
  return shape;
}

/// Constraints that the current layer checks first, and words in its own way.
std::optional<std::string> reworded(const ItemInput& input, const std::string& message) {
  dom::object map;
  auto items = input.find("RequestItems");
  if (!items || items->get_object().get(map)) return std::nullopt;
  constexpr char kTooFew[] = "Member must have length greater than or equal to 1";
  // unverified: that an empty map is told in these words in both batches
  if (map.size() == 0) return constraint_text("RequestItems", kTooFew);
  // A table's name that can't be one is shown with the whole map, as JSON.
  constexpr std::string_view kValue = "Value '", kKeys = "' at 'requestItems' failed to satisfy constraint: Map keys";
  const size_t from = message.find(kValue), to = message.find(kKeys);
  if (from != std::string::npos && to != std::string::npos) {
    return message.substr(0, from + kValue.size()) + std::string(simdjson::minify(*items)) + message.substr(to);
  }
  for (auto [name, content] : map) {
    dom::array keys;
    if (!content.is_object() || content.at_key("Keys").get_array().get(keys)) continue;
    const std::string path = "RequestItems." + std::string(name) + ".member.Keys";
    if (keys.size() == 0) return constraint_text(path, kTooFew);
    if (keys.size() > kKeysMax) return constraint_text(path, "Member must have length less than or equal to 100");
  }
  return std::nullopt;
}

/// What is read of one table.
struct TableRequest {
  TableRequest(std::string_view table_name, dom::element content) : name(table_name), input(content, Wording::bare) {}

  std::string name;  // as the caller wrote it
  ItemInput input;
  std::vector<dom::element> raw_keys;
  std::vector<AttributeMap> keys;
  Placeholders placeholders;
  std::optional<Projection> projection;
  tables::TablePtr table;
  std::vector<std::string> stored_keys;
};

/// The key as it was written, whatever the order of its attributes: `1` and `1.0` differ here.
std::string written_key(dom::element key) {
  std::vector<std::string> parts;
  for (auto [name, value] : dom::object(key))
    parts.push_back(std::string(name) + "=" + std::string(simdjson::minify(value)));
  std::sort(parts.begin(), parts.end());
  std::string out;
  for (const auto& part : parts) out += part + ";";
  return out;
}

std::vector<std::unique_ptr<TableRequest>> read_tables(const ItemInput& input) {
  std::vector<std::unique_ptr<TableRequest>> out;
  dom::object map;
  auto items = input.find("RequestItems");
  if (!items || items->get_object().get(map)) return out;
  for (auto [name, content] : map) {
    auto request = std::make_unique<TableRequest>(name, content);
    dom::array keys;
    if (auto list = request->input.find("Keys"); list && !list->get_array().get(keys)) {
      for (dom::element key : keys) request->raw_keys.push_back(key);
    }
    for (dom::element key : request->raw_keys) request->keys.push_back(request->input.attribute_map(key, "Keys"));
    request->input.read_placeholders();
    out.push_back(std::move(request));
  }
  return out;
}

/// One table's expressions and another's AttributesToGet clash as those of one table do.
Result<void> check_mixing(const std::vector<std::unique_ptr<TableRequest>>& requests) {
  auto any = [&](const char* member) {
    return std::any_of(requests.begin(), requests.end(), [&](const auto& one) { return one->input.has(member); });
  };
  if (!any("AttributesToGet") || !any("ProjectionExpression")) return {};
  return mixing_error(Wording::bare, {"AttributesToGet"}, {"ProjectionExpression"});
}

Result<void> check_table(TableRequest& request) {
  ItemInput& input = request.input;
  TRY_VOID(input.check_placeholders_allowed({"ProjectionExpression"}, {"ProjectionExpression"}));
  TRY_VOID(input.check_values("Keys"));
  TRY(request.projection, attributes_to_get(input));
  TRY_VOID(input.placeholders(request.placeholders));
  if (auto expression = input.optional_text("ProjectionExpression")) {
    TRY(request.projection, checked(parse_projection(*expression, request.placeholders), input));
  }
  if (auto unused = request.placeholders.unused()) return input.invalid(*unused);
  std::set<std::string> seen;
  for (dom::element key : request.raw_keys) {
    if (!seen.insert(written_key(key)).second) return input.invalid("Provided list of item keys contains duplicates");
  }
  return {};
}

/// One table's items; what no longer fits into the answer is left for UnprocessedKeys.
class Answer {
 public:
  explicit Answer(CapacityMode mode) : mode_(mode) {}

  Result<void> add(const ItemContext& db, const TableRequest& request);
  std::string body() &&;
  /// The error of a batch of which nothing could be read for want of capacity.
  std::optional<AwsError> error() const { return consumed_.empty() ? throttled_ : std::nullopt; }

 private:
  void leave(const TableRequest& request, size_t from);

  CapacityMode mode_;
  std::string responses_, unprocessed_;
  size_t bytes_ = 0;
  std::map<std::string, Consumed> consumed_;
  std::optional<AwsError> throttled_;
};

Result<void> Answer::add(const ItemContext& db, const TableRequest& request) {
  if (!responses_.empty()) responses_.push_back(',');
  append_json_string(responses_, request.name);
  responses_.append(":[");
  bool first = true;
  size_t done = 0;
  for (; done < request.stored_keys.size(); ++done) {
    if (db.throttle) {
      auto admitted = db.throttle->admit(*request.table, nullptr, Direction::read);
      if (admitted.has_error()) {
        throttled_ = admitted.error();
        break;
      }
    }
    auto stored = db.store.get(storage::Family::items, request.stored_keys[done]);
    size_t size = stored ? stored_size_bytes(*stored).value_or(0) : 0;
    if (bytes_ + size > kAnswerBytesMax) break;
    bytes_ += size;
    Consumed one;
    one.table = read_units(size, request.input.flag("ConsistentRead"));
    spend(db, *request.table, one, Direction::read, db.clock.now_ms());
    consumed_[request.table->name].add(one);
    if (!stored) continue;
    if (!first) responses_.push_back(',');
    first = false;
    TRY_VOID(append_stored_item(responses_, *stored, request.projection));
  }
  responses_.push_back(']');
  if (done < request.stored_keys.size()) leave(request, done);
  return {};
}

void Answer::leave(const TableRequest& request, size_t from) {
  if (!unprocessed_.empty()) unprocessed_.push_back(',');
  append_json_string(unprocessed_, request.name);
  unprocessed_.append(":{\"Keys\":[");
  for (size_t i = from; i < request.keys.size(); ++i) {
    if (i > from) unprocessed_.push_back(',');
    append_json(unprocessed_, request.keys[i]);
  }
  unprocessed_.push_back(']');
  for (const char* member : {"AttributesToGet", "ConsistentRead", "ProjectionExpression", "ExpressionAttributeNames"}) {
    auto value = request.input.find(member);
    if (!value) continue;
    unprocessed_.append(",\"").append(member).append("\":").append(std::string(simdjson::minify(*value)));
  }
  unprocessed_.push_back('}');
}

std::string Answer::body() && {
  std::string out = "{\"Responses\":{" + responses_ + "},\"UnprocessedKeys\":{" + unprocessed_ + "}";
  append_consumed_list(out, consumed_, mode_);
  return out + "}";
}

Result<protocol::HttpReply> run(const ItemContext& db, const protocol::Call& call) {
  ItemInput input(call, Wording::bare);
  auto requests = read_tables(input);
  TRY_VOID(input.check(input_shape(), reworded));
  size_t keys = 0;
  for (const auto& request : requests) {
    TRY_VOID(request->input.check_types());
    keys += request->keys.size();
  }
  TRY_VOID(check_mixing(requests));
  if (keys > kKeysMax) return input.invalid("Too many items requested for the BatchGetItem call");
  for (const auto& request : requests) TRY_VOID(check_table(*request));
  for (const auto& request : requests) {
    TRY(request->table, find_table(db, call.caller, request->name));
    if (request->projection) TRY_VOID(check_projection_paths(*request->table, nullptr, *request->projection));
    for (const AttributeMap& key : request->keys) {
      TRY(std::string stored_key, key_of(*request->table, key));
      request->stored_keys.push_back(std::move(stored_key));
    }
  }
  Answer answer(capacity_mode(input.text("ReturnConsumedCapacity")));
  for (const auto& request : requests) TRY_VOID(answer.add(db, *request));
  if (auto error = answer.error()) return *error;
  served_each(
      db, requests, [](const auto& request) { return request->table.get(); }, Metered::batch_get_item, call);
  return json_reply(std::move(answer).body());
}

}  // namespace

protocol::Operation batch_get_item(const ItemContext& db) {
  return {.name = "BatchGetItem",
          .access = access_to_request_items(db, "BatchGetItem"),
          .handle = protocol::ReplyHandler([db](protocol::Call& call) { return run(db, call); }),
          .dom_input = true};
}

}  // namespace millrace::dynamodb
