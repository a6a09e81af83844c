#include "emulator/services/dynamodb/items/legacy.h"

#include <algorithm>
#include <span>

#include "emulator/services/dynamodb/expression/evaluate.h"
#include "emulator/services/dynamodb/items/parts.h"

namespace millrace::dynamodb {
namespace {

namespace dom = simdjson::dom;
using enum AttributeType;
using Types = std::initializer_list<AttributeType>;

constexpr char kInvalid[] = "One or more parameter values were invalid: ";

/// What a ComparisonOperator takes and what it becomes.
struct Comparison {
  const char* name;
  size_t values_min, values_max;
  Types types;  // empty: every type
  ConditionKind kind;
  Function function = Function::attribute_exists;
};

constexpr size_t kAny = SIZE_MAX;  // AWS takes 27,500: what a request can hold
const Comparison kComparisons[] = {
    {"EQ", 1, 1, {}, ConditionKind::eq},
    {"NE", 1, 1, {}, ConditionKind::ne},
    {"LT", 1, 1, {S, N, B}, ConditionKind::lt},
    {"LE", 1, 1, {S, N, B}, ConditionKind::le},
    {"GT", 1, 1, {S, N, B}, ConditionKind::gt},
    {"GE", 1, 1, {S, N, B}, ConditionKind::ge},
    {"BETWEEN", 2, 2, {S, N, B}, ConditionKind::between},
    {"IN", 1, kAny, {S, N, B}, ConditionKind::in},
    {"BEGINS_WITH", 1, 1, {S, B}, ConditionKind::function, Function::begins_with},
    {"CONTAINS", 1, 1, {S, N, B}, ConditionKind::function, Function::contains},
    {"NOT_CONTAINS", 1, 1, {S, N, B}, ConditionKind::not_, Function::contains},
    {"NULL", 0, 0, {}, ConditionKind::function, Function::attribute_not_exists},
    {"NOT_NULL", 0, 0, {}, ConditionKind::function, Function::attribute_exists},
};

const Comparison& comparison(std::string_view name) {
  for (const Comparison& one : kComparisons) {
    if (name == one.name) return one;
  }
  return kComparisons[0];  // the shape lets no other name through
}

AwsError invalid(const ItemInput& input, std::string text) {
  return input.invalid(kInvalid + std::move(text));
}

/// The names of entries come from the keys of maps, which no shape checks for being empty.
Result<void> check_name(const ItemInput& input, const std::string& name) {
  if (auto wrong = attribute_name_error(name, layer_of(input.wording()))) return input.invalid(std::move(*wrong));
  return {};
}

using Values = std::span<const AttributeValue>;

Result<void> check_arguments(const ItemInput& input, const Comparison& op, Values values) {
  if (values.size() < op.values_min || values.size() > op.values_max) {
    return invalid(input, std::string("Invalid number of argument(s) for the ") + op.name + " ComparisonOperator");
  }
  for (const AttributeValue& value : values) {
    if (value.type() != values[0].type()) {
      return invalid(input, "AttributeValues inside AttributeValueList must be of same type");
    }
    if (op.types.size() > 0 && std::find(op.types.begin(), op.types.end(), value.type()) == op.types.end()) {
      return invalid(input, std::string("ComparisonOperator ") + op.name + " is not valid for " +
                                type_name(value.type()) + " AttributeValue type");
    }
  }
  if (op.kind == ConditionKind::between && compare_scalars(values[1], values[0]) == std::strong_ordering::less) {
    return input.invalid(
        "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound");
  }
  return {};
}

Operand path_operand(const std::string& attribute) {
  Operand operand;
  operand.kind = Operand::Kind::path;
  operand.path = {attribute};
  return operand;
}

Operand value_operand(const AttributeValue& value) {
  Operand operand;
  operand.value = &value;
  return operand;
}

Condition function_condition(Function function, const std::string& attribute, Values values) {
  Condition condition;
  condition.kind = ConditionKind::function;
  condition.function = function;
  condition.operands.push_back(path_operand(attribute));
  for (const AttributeValue& value : values) condition.operands.push_back(value_operand(value));
  return condition;
}

Condition joined(ConditionKind kind, Condition a, Condition b) {
  Condition condition;
  condition.kind = kind;
  condition.children.push_back(std::move(a));
  condition.children.push_back(std::move(b));
  return condition;
}

Condition make_condition(const Comparison& op, const std::string& attribute, Values values) {
  if (op.kind == ConditionKind::function) return function_condition(op.function, attribute, values);
  if (op.kind == ConditionKind::not_) {
    // NOT_CONTAINS needs the attribute to be there.
    Condition without;
    without.kind = ConditionKind::not_;
    without.children.push_back(function_condition(op.function, attribute, values));
    return joined(ConditionKind::and_, function_condition(Function::attribute_exists, attribute, {}),
                  std::move(without));
  }
  Condition condition;
  condition.kind = op.kind;
  condition.operands.push_back(path_operand(attribute));
  for (const AttributeValue& value : values) condition.operands.push_back(value_operand(value));
  return condition;
}

/// AND, or OR by ConditionalOperator.
std::optional<Condition> combined(const ItemInput& input, std::vector<Condition> conditions) {
  if (conditions.empty()) return std::nullopt;
  auto kind = input.text("ConditionalOperator") == "OR" ? ConditionKind::or_ : ConditionKind::and_;
  Condition result = std::move(conditions[0]);
  for (size_t i = 1; i < conditions.size(); ++i) result = joined(kind, std::move(result), std::move(conditions[i]));
  return result;
}

Result<void> check_conditional_operator(const ItemInput& input, bool has_entries) {
  if (!input.has("ConditionalOperator") || has_entries) return {};
  // unverified wording; AWS names the parameter.
  return input.invalid("ConditionalOperator cannot be used without Filter or Expected");
}

Result<void> check_expected(const ItemInput& input, const LegacyEntry& entry) {
  auto fail = [&](const std::string& text) { return invalid(input, text + " for Attribute: " + entry.attribute); };
  TRY_VOID(check_name(input, entry.attribute));
  if (entry.value && entry.list) return fail("Value and AttributeValueList cannot be used together");
  if (entry.exists && entry.operation) return fail("Exists and ComparisonOperator cannot be used together");
  if (entry.exists && entry.list) return fail("Exists and AttributeValueList cannot be used together");
  if (entry.list && !entry.operation) return fail("AttributeValueList can only be used with a ComparisonOperator");
  if (entry.operation) {
    const bool needs_value = comparison(*entry.operation).values_min > 0;
    if (needs_value && !entry.value && !entry.list) {
      return fail("Value or AttributeValueList must be used with ComparisonOperator: " + *entry.operation);
    }
    return {};
  }
  if (entry.exists.value_or(true) && !entry.value) {
    return fail(std::string("Value must be provided when Exists is ") + (entry.exists ? "true" : "null"));
  }
  if (!entry.exists.value_or(true) && entry.value) return fail("Value cannot be used when Exists is false");
  return {};
}

Values values_of(const LegacyEntry& entry) {
  if (entry.list) return *entry.list;
  if (entry.value) return {&*entry.value, 1};
  return {};
}

bool is_set(const AttributeValue& value) {
  return value.type() == SS || value.type() == NS || value.type() == BS;
}

}  // namespace

std::vector<LegacyEntry> read_legacy(ItemInput& input, std::string_view member) {
  std::vector<LegacyEntry> entries;
  auto element = input.find(member);
  dom::object map;
  if (!element || element->get_object().get(map)) return entries;
  for (auto [attribute, content] : map) {
    ItemInput fields(content, input.wording());
    LegacyEntry entry;
    entry.attribute = std::string(attribute);
    for (const char* name : {"ComparisonOperator", "Action"}) {
      if (auto text = fields.optional_text(name)) entry.operation = std::string(*text);
    }
    if (fields.has("Exists")) entry.exists = fields.flag("Exists");
    if (auto value = fields.find("Value")) entry.value = input.attribute(*value, member);
    dom::array list;
    if (auto values = fields.find("AttributeValueList"); values && !values->get_array().get(list)) {
      entry.list.emplace();
      for (dom::element value : list) entry.list->push_back(input.attribute(value, member));
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

Result<std::optional<Condition>> expected_condition(const ItemInput& input, const std::vector<LegacyEntry>& entries) {
  if (!input.has("ConditionExpression")) TRY_VOID(check_conditional_operator(input, !entries.empty()));
  for (const LegacyEntry& entry : entries) TRY_VOID(check_expected(input, entry));
  TRY_VOID(input.check_values("Expected"));
  std::vector<Condition> conditions;
  for (const LegacyEntry& entry : entries) {
    const char* implied = entry.exists.value_or(true) ? "EQ" : "NULL";
    const Comparison& op = comparison(entry.operation ? *entry.operation : implied);
    TRY_VOID(check_arguments(input, op, values_of(entry)));
    conditions.push_back(make_condition(op, entry.attribute, values_of(entry)));
  }
  return combined(input, std::move(conditions));
}

Result<std::optional<Condition>> filter_condition(const ItemInput& input, std::string_view member,
                                                  const std::vector<LegacyEntry>& entries) {
  TRY_VOID(check_conditional_operator(input, !entries.empty()));
  TRY_VOID(input.check_values(member));
  std::vector<Condition> conditions;
  for (const LegacyEntry& entry : entries) {
    TRY_VOID(check_name(input, entry.attribute));
    const Comparison& op = comparison(entry.operation.value_or("EQ"));
    TRY_VOID(check_arguments(input, op, values_of(entry)));
    conditions.push_back(make_condition(op, entry.attribute, values_of(entry)));
  }
  return combined(input, std::move(conditions));
}

Result<Update> legacy_update(const ItemInput& input, const std::vector<LegacyEntry>& entries) {
  TRY_VOID(input.check_values("AttributeUpdates"));
  Update update;
  for (const LegacyEntry& entry : entries) {
    TRY_VOID(check_name(input, entry.attribute));
    UpdateAction action;
    action.path = {entry.attribute};
    std::string name = entry.operation.value_or("PUT");
    if (!entry.value) {
      if (name != "DELETE") return invalid(input, "Only DELETE action is allowed when no attribute value is specified");
      action.section = UpdateSection::remove;
      update.actions.push_back(std::move(action));
      continue;
    }
    const AttributeValue& value = *entry.value;
    if (name == "DELETE" && !is_set(value)) {
      return invalid(input,
                     std::string("DELETE action with value is not supported for the type ") + type_name(value.type()));
    }
    if (name == "ADD" && !is_set(value) && value.type() != N && value.type() != L) {
      return invalid(input, std::string("ADD action is not supported for the type ") + type_name(value.type()));
    }
    action.section = name == "ADD"      ? UpdateSection::add
                     : name == "DELETE" ? UpdateSection::delete_
                                        : UpdateSection::set;
    action.value = value_operand(value);
    update.actions.push_back(std::move(action));
  }
  return update;
}

Result<std::vector<KeyTerm>> legacy_key_terms(const ItemInput& input, const std::vector<LegacyEntry>& entries) {
  TRY_VOID(input.check_values("KeyConditions"));
  std::vector<KeyTerm> terms;
  for (const LegacyEntry& entry : entries) {
    TRY_VOID(check_name(input, entry.attribute));
    const Comparison& op = comparison(entry.operation.value_or("EQ"));
    Values values = values_of(entry);
    TRY_VOID(check_arguments(input, op, values));
    const bool indexable =
        (op.kind >= ConditionKind::eq && op.kind <= ConditionKind::between && op.kind != ConditionKind::ne) ||
        op.function == Function::begins_with;
    if (!indexable) return input.invalid("Attempted conditional constraint is not an indexable operation");
    KeyTerm term;
    term.attribute = entry.attribute;
    term.kind = op.kind;
    term.low = values[0];
    if (values.size() > 1) term.high = values[1];
    terms.push_back(std::move(term));
  }
  return terms;
}

Result<std::optional<Projection>> attributes_to_get(const ItemInput& input) {
  auto element = input.find("AttributesToGet");
  dom::array names;
  if (!element || element->get_array().get(names)) return std::optional<Projection>();
  Projection projection;
  for (dom::element name : names) {
    Path path{std::string(name.get_string().value())};
    TRY_VOID(check_name(input, attribute_of(path)));
    if (std::find(projection.begin(), projection.end(), path) != projection.end()) {
      return invalid(input, "Duplicate value in attribute name: " + attribute_of(path));
    }
    projection.push_back(std::move(path));
  }
  return std::optional(std::move(projection));
}

namespace {
protocol::Shape comparison_operator_shape() {
  return protocol::string().one_of({"IN", "NULL", "BETWEEN", "LT", "NOT_CONTAINS", "EQ", "GT", "NOT_NULL", "NE", "LE",
                                    "BEGINS_WITH", "GE", "CONTAINS"});
}
}  // namespace

protocol::Shape expected_shape() {
  return map_of("ExpectedAttributeValue", protocol::structure({
                                              protocol::optional("Value", protocol::any()),
                                              protocol::optional("Exists", protocol::boolean()),
                                              protocol::optional("ComparisonOperator", comparison_operator_shape()),
                                              protocol::optional("AttributeValueList", protocol::list(protocol::any())),
                                          }))
      .keys(attribute_name_shape());
}

protocol::Shape attribute_updates_shape() {
  return map_of("AttributeValueUpdate",
                protocol::structure({
                    protocol::optional("Value", protocol::any()),
                    protocol::optional("Action", protocol::string().one_of({"ADD", "PUT", "DELETE"})),
                }))
      .keys(attribute_name_shape());
}

protocol::Shape conditions_shape() {
  return map_of("Condition", protocol::structure({
                                 protocol::optional("AttributeValueList", protocol::list(protocol::any())),
                                 protocol::required("ComparisonOperator", comparison_operator_shape()),
                             }))
      .keys(attribute_name_shape());
}

protocol::Shape conditional_operator_shape() {
  return protocol::string().one_of({"OR", "AND"});
}

protocol::Shape attributes_to_get_shape() {
  return protocol::list(attribute_name_shape()).length(1, -1);
}

}  // namespace millrace::dynamodb
