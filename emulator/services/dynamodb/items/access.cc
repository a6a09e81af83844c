#include "emulator/services/dynamodb/items/access.h"

#include <set>

#include "emulator/base/arn.h"
#include "emulator/services/dynamodb/expression/evaluate.h"
#include "emulator/services/dynamodb/expression/key_condition.h"
#include "emulator/services/dynamodb/expression/update.h"
#include "emulator/services/dynamodb/items/input.h"
#include "emulator/services/dynamodb/items/keys.h"

namespace millrace::dynamodb {
namespace {

namespace dom = simdjson::dom;
using protocol::AccessNeeds;
using protocol::Call;
using protocol::Caller;
using protocol::ConditionContext;

/// The top-level attributes and the partition keys that one request, or one element of a batch, names. Expressions
/// that can't be parsed name nothing here: they fail later.
class Named {
 public:
  explicit Named(const tables::KeySchema& schema) : schema_(schema) {}

  void add(ItemInput& input);
  void add_to(ConditionContext& context) const;

 private:
  void add_attributes(const AttributeMap& attributes);
  void add_legacy(ItemInput& input);
  void add_expressions(ItemInput& input);
  void add_key(const AttributeValue& value) { leading_keys_.insert(key_text(value)); }

  const tables::KeySchema& schema_;
  std::set<std::string> attributes_, leading_keys_;
};

void Named::add_attributes(const AttributeMap& attributes) {
  for (const auto& [name, value] : attributes) attributes_.insert(name);
  if (const AttributeValue* key = attributes.find(schema_.partition[0].name)) add_key(*key);
}

void Named::add_legacy(ItemInput& input) {
  for (const char* member : {"AttributeUpdates", "Expected", "QueryFilter", "ScanFilter", "KeyConditions"}) {
    dom::object map;
    auto element = input.find(member);
    if (!element || element->get_object().get(map)) continue;
    for (auto [name, content] : map) attributes_.insert(std::string(name));
  }
  dom::array names;
  if (auto element = input.find("AttributesToGet"); element && !element->get_array().get(names)) {
    for (dom::element name : names) {
      std::string_view text;
      if (!name.get_string().get(text)) attributes_.insert(std::string(text));
    }
  }
}

void Named::add_expressions(ItemInput& input) {
  input.read_placeholders();
  Placeholders placeholders;
  if (input.placeholders(placeholders).has_error()) return;
  auto add_path = [&](const Path& path) { attributes_.insert(attribute_of(path)); };
  for (const char* member : {"ConditionExpression", "FilterExpression", "KeyConditionExpression"}) {
    auto text = input.optional_text(member);
    if (!text) continue;
    auto condition = parse_condition(*text, placeholders);
    if (condition.has_error()) continue;
    for_each_path(*condition, add_path);
    auto terms = std::string_view(member).starts_with("Key") ? key_terms(*condition)
                                                             : Parsed<std::vector<KeyTerm>>(std::vector<KeyTerm>());
    if (terms.has_error()) continue;
    for (const KeyTerm& term : *terms) {
      if (term.attribute == schema_.partition[0].name && term.kind == ConditionKind::eq) add_key(term.low);
    }
  }
  if (auto text = input.optional_text("UpdateExpression")) {
    auto update = parse_update(*text, placeholders);
    if (!update.has_error()) {
      for (const Path& path : touched_paths(*update)) add_path(path);
    }
  }
  if (auto text = input.optional_text("ProjectionExpression")) {
    auto projection = parse_projection(*text, placeholders);
    if (!projection.has_error()) {
      for (const Path& path : *projection) add_path(path);
    }
  }
}

void Named::add(ItemInput& input) {
  for (const char* member : {"Key", "Item"}) add_attributes(input.attributes(member));
  dom::array keys;
  if (auto list = input.find("Keys"); list && !list->get_array().get(keys)) {
    for (dom::element key : keys) add_attributes(input.attribute_map(key, "Keys"));
  }
  add_legacy(input);
  add_expressions(input);
}

void Named::add_to(ConditionContext& context) const {
  if (!attributes_.empty()) context["dynamodb:attributes"] = {attributes_.begin(), attributes_.end()};
  if (!leading_keys_.empty()) context["dynamodb:leadingkeys"] = {leading_keys_.begin(), leading_keys_.end()};
}

ConditionContext request_options(const ItemInput& input) {
  ConditionContext context;
  for (auto [member, key] : {std::pair("ReturnValues", "dynamodb:returnvalues"), std::pair("Select", "dynamodb:select"),
                             std::pair("ReturnConsumedCapacity", "dynamodb:returnconsumedcapacity")}) {
    if (auto text = input.optional_text(member)) context[key] = {std::string(*text)};
  }
  return context;
}

/// A need whose context tells what the inputs name.
protocol::AccessNeed named_need(const ItemContext& db, const Caller& caller, std::string_view action,
                                std::string_view name, ConditionContext context,
                                const std::vector<dom::element>& inputs) {
  if (auto table = db.tables.catalog.find(caller.account, caller.region, name)) {
    Named named(table->key);
    for (dom::element element : inputs) {
      ItemInput input(element, Wording::plain);
      named.add(input);
    }
    named.add_to(context);
  }
  return table_need(db, caller, action, name, std::move(context));
}

}  // namespace

protocol::AccessNeed table_need(const ItemContext& db, const Caller& caller, std::string_view action,
                                std::string_view name_or_arn, ConditionContext context) {
  protocol::AccessNeed need{.action = "dynamodb:" + std::string(action), .resource = {}, .context = std::move(context)};
  need.resource = name_or_arn.starts_with("arn:")
                      ? std::string(name_or_arn)
                      : make_arn("dynamodb", caller.region, caller.account, "table/" + std::string(name_or_arn));
  auto table = db.tables.catalog.find(caller.account, caller.region, name_or_arn);
  if (!table) return need;
  need.resource_account = table->account;
  if (const Json* policy = find(table->settings, "ResourcePolicy")) need.resource_policy = text_of(*policy, "Policy");
  return need;
}

AccessRule access_to_table(const ItemContext& db, std::string action) {
  return [db, action = std::move(action)](const Call& call) -> Result<AccessNeeds> {
    ItemInput input(call, Wording::plain);
    auto need = named_need(db, call.caller, action, input.text("TableName"), request_options(input), {*call.dom});
    if (auto index = input.optional_text("IndexName")) need.resource += "/index/" + std::string(*index);
    return AccessNeeds{std::move(need)};
  };
}

AccessRule access_to_request_items(const ItemContext& db, std::string action) {
  return [db, action = std::move(action)](const Call& call) -> Result<AccessNeeds> {
    AccessNeeds needs;
    dom::object tables;
    auto items = ItemInput(call, Wording::plain).find("RequestItems");
    if (!items || items->get_object().get(tables)) return needs;
    for (auto [name, content] : tables) {
      std::vector<dom::element> inputs;
      dom::array requests;
      if (content.is_object()) inputs.push_back(content);
      if (!content.get_array().get(requests)) {
        for (dom::element request : requests) {
          for (const char* member : {"PutRequest", "DeleteRequest"}) {
            if (auto one = ItemInput(request, Wording::plain).find(member)) inputs.push_back(*one);
          }
        }
      }
      needs.push_back(named_need(db, call.caller, action, name, {}, inputs));
    }
    return needs;
  };
}

AccessRule access_to_transact_items(const ItemContext& db) {
  return [db](const Call& call) -> Result<AccessNeeds> {
    AccessNeeds needs;
    dom::array items;
    auto list = ItemInput(call, Wording::plain).find("TransactItems");
    if (!list || list->get_array().get(items)) return needs;
    for (dom::element item : items) {
      ItemInput members(item, Wording::plain);
      for (auto [member, action] :
           {std::pair("Get", "GetItem"), std::pair("Put", "PutItem"), std::pair("Update", "UpdateItem"),
            std::pair("Delete", "DeleteItem"), std::pair("ConditionCheck", "ConditionCheckItem")}) {
        auto content = members.find(member);
        if (!content) continue;
        std::string name(ItemInput(*content, Wording::plain).text("TableName"));
        needs.push_back(named_need(db, call.caller, action, name, {}, {*content}));
      }
    }
    return needs;
  };
}

}  // namespace millrace::dynamodb
