#include "emulator/services/dynamodb/partiql/execution.h"

#include <algorithm>

#include "emulator/base/attribute/item_codec.h"
#include "emulator/base/attribute/item_json.h"
#include "emulator/base/encoding.h"
#include "emulator/services/dynamodb/errors.h"
#include "emulator/services/dynamodb/expression/evaluate.h"
#include "emulator/services/dynamodb/expression/key_condition.h"
#include "emulator/services/dynamodb/expression/projection.h"
#include "emulator/services/dynamodb/expression/update.h"
#include "emulator/services/dynamodb/items/input.h"
#include "emulator/services/dynamodb/items/keys.h"
#include "emulator/services/dynamodb/items/parts.h"
#include "emulator/services/dynamodb/items/query_range.h"
#include "emulator/services/dynamodb/items/stored_item.h"
#include "emulator/services/dynamodb/items/throttle.h"
#include "emulator/services/dynamodb/items/usage.h"
#include "emulator/services/dynamodb/partiql/partiql_lexer.h"
#include "emulator/tables/item_keys.h"

namespace millrace::dynamodb {
namespace {

using tables::KeyAttribute;
using tables::KeySchema;

const KeySchema& schema_of(const BoundStatement& bound) {
  return bound.index ? bound.index->key : bound.table->key;
}

/// The conditions on single key attributes that every matching item fulfils: those joined by AND at the top.
void collect_terms(const Condition& condition, const KeySchema& schema, std::vector<KeyTerm>& terms) {
  if (condition.kind == ConditionKind::and_) {
    for (const Condition& child : condition.children) collect_terms(child, schema, terms);
    return;
  }
  const bool usable = condition.kind <= ConditionKind::between && condition.kind != ConditionKind::ne;
  const bool prefix = condition.kind == ConditionKind::function && condition.function == Function::begins_with;
  if (!usable && !prefix) return;
  const auto& operands = condition.operands;
  auto value_at = [&](size_t i) {
    return i < operands.size() && operands[i].kind == Operand::Kind::value ? operands[i].value : nullptr;
  };
  if (operands[0].kind != Operand::Kind::path || operands[0].path.size() != 1 || !value_at(1)) return;
  const KeyAttribute* attribute = schema.find(attribute_of(operands[0].path));
  if (!attribute || value_at(1)->type() != attribute->type) return;
  KeyTerm term{attribute->name, condition.kind, *value_at(1), {}};
  if (condition.kind == ConditionKind::between) {
    if (!value_at(2) || value_at(2)->type() != attribute->type) return;
    term.high = *value_at(2);
  }
  terms.push_back(std::move(term));
}

constexpr char kWrongType[] =
    "One or more parameter values were invalid: Condition parameter type does not match schema type";

/// Whether `attribute = value` is joined by AND at the top with a value that isn't of the attribute's type.
bool equals_wrong_type(const Condition& condition, const KeyAttribute& attribute) {
  if (condition.kind == ConditionKind::and_) {
    return equals_wrong_type(condition.children[0], attribute) || equals_wrong_type(condition.children[1], attribute);
  }
  if (condition.kind != ConditionKind::eq || condition.operands[0].kind != Operand::Kind::path) return false;
  const Operand& value = condition.operands[1];
  return condition.operands[0].path == Path{attribute.name} && value.kind == Operand::Kind::value &&
         value.value->type() != attribute.type;
}

bool any_equals_wrong_type(const Condition& condition, const std::vector<KeyAttribute>& attributes) {
  return std::any_of(attributes.begin(), attributes.end(),
                     [&](const auto& one) { return equals_wrong_type(condition, one); });
}

std::vector<KeyTerm> terms_of(const BoundStatement& bound, const KeySchema& schema) {
  std::vector<KeyTerm> terms;
  if (bound.statement->where) collect_terms(*bound.statement->where, schema, terms);
  return terms;
}

const KeyTerm* find_term(const std::vector<KeyTerm>& terms, const std::string& attribute, bool equal) {
  for (const KeyTerm& term : terms) {
    if (term.attribute == attribute && (term.kind == ConditionKind::eq) == equal) return &term;
  }
  return nullptr;
}

/// The values of `attribute IN [...]` where that is joined by AND at the top and all have the key's type.
void collect_in_values(const Condition& condition, const KeyAttribute& attribute, std::vector<AttributeValue>& values) {
  if (condition.kind == ConditionKind::and_) {
    for (const Condition& child : condition.children) collect_in_values(child, attribute, values);
  }
  if (condition.kind != ConditionKind::in || !values.empty()) return;
  const Operand& left = condition.operands[0];
  if (left.kind != Operand::Kind::path || left.path != Path{attribute.name}) return;
  for (size_t i = 1; i < condition.operands.size(); ++i) {
    const AttributeValue* value =
        condition.operands[i].kind == Operand::Kind::value ? condition.operands[i].value : nullptr;
    if (!value || value->type() != attribute.type) return values.clear();
    values.push_back(*value);
  }
}

/// The partitions that the WHERE clause leaves, in order: of the one that it fixes, or of those in its IN list.
std::vector<std::vector<AttributeValue>> partitions(const BoundStatement& bound, const KeySchema& schema,
                                                    const std::vector<KeyTerm>& terms) {
  std::vector<AttributeValue> fixed;
  for (const KeyAttribute& attribute : schema.partition) {
    if (const KeyTerm* term = find_term(terms, attribute.name, true)) fixed.push_back(term->low);
  }
  if (fixed.size() == schema.partition.size()) return {std::move(fixed)};
  std::vector<AttributeValue> values;
  if (schema.partition.size() == 1 && bound.statement->where) {
    collect_in_values(*bound.statement->where, schema.partition[0], values);
  }
  std::sort(values.begin(), values.end(),
            [](const auto& a, const auto& b) { return compare_scalars(a, b) == std::strong_ordering::less; });
  values.erase(std::unique(values.begin(), values.end()), values.end());
  std::vector<std::vector<AttributeValue>> out;
  for (AttributeValue& value : values) out.push_back({std::move(value)});
  return out;
}

/// What of the schema the WHERE clause fixes, for each partition; empty if every partition is to be read.
std::vector<KeyCondition> key_conditions(const BoundStatement& bound, const KeySchema& schema) {
  auto terms = terms_of(bound, schema);
  KeyCondition out;
  for (const KeyAttribute& attribute : schema.sort) {
    if (const KeyTerm* term = find_term(terms, attribute.name, true)) {
      out.sort_equal.push_back(term->low);
      continue;
    }
    if (const KeyTerm* term = find_term(terms, attribute.name, false)) out.sort_range = *term;
    break;
  }
  std::vector<KeyCondition> all;
  for (auto& values : partitions(bound, schema, terms)) {
    all.push_back(out);
    all.back().partition = std::move(values);
  }
  return all;
}

/// The primary key that the WHERE clause fixes, whole.
std::optional<AttributeMap> fixed_key(const BoundStatement& bound) {
  const KeySchema& schema = bound.table->key;
  auto conditions = key_conditions(bound, schema);
  if (conditions.size() != 1 || conditions[0].sort_equal.size() != schema.sort.size()) return std::nullopt;
  AttributeMap key;
  for (size_t i = 0; i < schema.partition.size(); ++i) key.set(schema.partition[i].name, conditions[0].partition[i]);
  for (size_t i = 0; i < schema.sort.size(); ++i) key.set(schema.sort[i].name, conditions[0].sort_equal[i]);
  return key;
}

/// Whether the WHERE clause says nothing beyond equalities on key attributes.
bool is_key_alone(const Condition& condition, const KeySchema& schema) {
  if (condition.kind == ConditionKind::and_) {
    return is_key_alone(condition.children[0], schema) && is_key_alone(condition.children[1], schema);
  }
  return condition.kind == ConditionKind::eq && condition.operands[0].kind == Operand::Kind::path &&
         condition.operands[0].path.size() == 1 && schema.find(attribute_of(condition.operands[0].path));
}

Result<void> bind_insert(BoundStatement& bound) {
  ItemWrite& write = bound.write;
  write.kind = ItemWrite::Kind::put;
  write.item = bound.statement->item;
  if (size_bytes(write.item) > kItemBytesMax) return validation_error(kItemTooLarge);
  TRY(write.key, key_of_new_item(*bound.table, write.item));
  write.key_attributes = tables::key_attributes(bound.table->key, write.item);
  bound.not_there.emplace();
  bound.not_there->kind = ConditionKind::function;
  bound.not_there->function = Function::attribute_not_exists;
  Operand path;
  path.kind = Operand::Kind::path;
  path.path = {bound.table->key.partition[0].name};
  bound.not_there->operands.push_back(std::move(path));
  write.condition = &*bound.not_there;
  return {};
}

Result<void> bind_to_key(BoundStatement& bound) {
  auto key = fixed_key(bound);
  const auto& where = bound.statement->where;
  const KeySchema& schema = bound.table->key;
  const bool wrong_type =
      where && (any_equals_wrong_type(*where, schema.partition) || any_equals_wrong_type(*where, schema.sort));
  if (wrong_type) return validation_error("The provided key element does not match the schema");
  const bool is_exists = bound.statement->kind == Statement::Kind::exists;
  if (is_exists && (!key || is_key_alone(*where, schema))) {
    return validation_error("EXISTS() must contain a single item read with additional condition");
  }
  if (!key) return validation_error("Where clause does not contain a mandatory equality on all key attributes");
  ItemWrite& write = bound.write;
  TRY(write.key, key_of(*bound.table, *key));
  write.key_attributes = std::move(*key);
  write.condition = &*bound.statement->where;
  switch (bound.statement->kind) {
    case Statement::Kind::update:
      TRY_VOID(check_update_paths(*bound.table, bound.statement->update));
      write.kind = ItemWrite::Kind::update;
      write.update = &bound.statement->update;
      break;
    case Statement::Kind::remove:
      write.kind = ItemWrite::Kind::remove;
      write.absent_is_fine = true;
      break;
    default: write.kind = ItemWrite::Kind::check;
  }
  return {};
}

Result<void> bind_index(BoundStatement& bound) {
  constexpr char kNoIndex[] = "The table does not have the specified index";
  const std::string& name = *bound.statement->index;
  if (!bound.is_read() || !bound.table->index(name)) return validation_error(kNoIndex);
  TRY(bound.index, readable_index(*bound.table, name, false));
  if (bound.index->key.partition.size() > 1 || bound.index->key.sort.size() > 1) {
    return validation_error(
        "PartiQL statements cannot be executed on tables with multi-attribute HASH keys or multi-attribute RANGE "
        "keys.");
  }
  return {};
}

/// A read by key is a query, which takes values of the keys' types only.
Result<void> check_key_types(const BoundStatement& bound) {
  const auto& where = bound.statement->where;
  if (!where) return {};
  const KeySchema& schema = schema_of(bound);
  if (any_equals_wrong_type(*where, schema.partition)) return validation_error(kWrongType);
  const bool is_query = !key_conditions(bound, schema).empty();
  if (is_query && any_equals_wrong_type(*where, schema.sort)) return validation_error(kWrongType);
  return {};
}

Result<void> check_order(const BoundStatement& bound) {
  const Statement& statement = *bound.statement;
  if (statement.order_by.empty()) return {};
  if (!statement.where) return validation_error("Must have WHERE clause in the statement when using ORDER BY clause.");
  const KeySchema& schema = schema_of(bound);
  if (key_conditions(bound, schema).empty()) {
    return validation_error(
        "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.");
  }
  for (const auto& order : statement.order_by) {
    if (!schema.find(order.attribute)) {
      return validation_error("Variable reference " + order.attribute +
                              " in ORDER BY clause must be part of the primary key");
    }
  }
  return {};
}

/// A query of an index filters by what the index holds; scans, and what stands inside an OR, find nothing instead.
Result<void> check_filter_is_projected(const BoundStatement& bound) {
  if (!bound.index || !bound.statement->where || key_conditions(bound, schema_of(bound)).empty()) return {};
  std::vector<std::string> lacking;
  auto visit = [&](const Path& path) {
    const std::string& name = attribute_of(path);
    const bool is_new = std::find(lacking.begin(), lacking.end(), name) == lacking.end();
    if (is_new && !holds_attribute(*bound.table, *bound.index, name)) lacking.push_back(name);
  };
  std::function<void(const Condition&)> walk = [&](const Condition& condition) {
    if (condition.kind == ConditionKind::or_) return;
    const bool is_joint = condition.kind == ConditionKind::and_ || condition.kind == ConditionKind::not_;
    if (!is_joint) return for_each_path(condition, visit);
    for (const Condition& child : condition.children) walk(child);
  };
  walk(*bound.statement->where);
  if (lacking.empty()) return {};
  std::string names;
  for (const auto& name : lacking) names += (names.empty() ? "" : ", ") + name;
  return validation_error("One or more parameter values were invalid: Secondary index " + bound.index->name +
                          " does not project one or more filter attributes: [" + names + "]");
}

/// The conditions joined by OR at the top.
void collect_alternatives(const Condition& condition, std::vector<const Condition*>& out) {
  if (condition.kind != ConditionKind::or_) return out.push_back(&condition);
  for (const Condition& child : condition.children) collect_alternatives(child, out);
}

/// Alternatives that all fix the partition key are read as a query each: two of one partition must not overlap, which
/// AWS takes for granted as soon as one of them says something about the sort key.
Result<void> check_alternatives(const BoundStatement& bound) {
  const KeySchema& schema = schema_of(bound);
  std::vector<const Condition*> alternatives;
  if (bound.statement->where) collect_alternatives(*bound.statement->where, alternatives);
  if (alternatives.size() < 2 || schema.sort.empty()) return {};
  std::vector<std::pair<AttributeValue, bool>> read;  // the partition, and whether the sort key is restricted
  for (const Condition* alternative : alternatives) {
    std::vector<KeyTerm> terms;
    collect_terms(*alternative, schema, terms);
    const KeyTerm* partition = find_term(terms, schema.partition[0].name, true);
    if (!partition) return {};
    const bool restricted = std::any_of(terms.begin(), terms.end(),
                                        [&](const KeyTerm& term) { return term.attribute == schema.sort[0].name; });
    for (const auto& [other, other_restricted] : read) {
      if (other == partition->low && (restricted || other_restricted)) {
        return validation_error("Overlapping conditions with range keys are not supported in where clause");
      }
    }
    read.emplace_back(partition->low, restricted);
  }
  return {};
}

/// A selected path is named by its last step: `m.x` gives `x`.
AttributeMap select_paths(const AttributeMap& item, const Projection& paths) {
  AttributeMap out;
  for (const Path& path : paths) {
    const AttributeValue* value = find_path(item, path);
    if (!value) continue;
    std::string name;
    for (const PathStep& step : path) {
      if (auto* text = std::get_if<std::string>(&step)) {
        name = *text;
      } else {
        name += "[" + std::to_string(std::get<size_t>(step)) + "]";  // unverified
      }
    }
    out.set(name, *value);
  }
  return out;
}

}  // namespace

Result<BoundStatementPtr> bind_statement(const ItemContext& db, const protocol::Caller& caller, std::string_view text,
                                         const std::vector<AttributeValue>& parameters) {
  auto parsed = parse_statement(text, parameters);
  if (parsed.has_error()) return validation_error(std::move(parsed).error().message);
  return bind_statement(db, caller, std::move(parsed).value());
}

Result<BoundStatementPtr> bind_statement(const ItemContext& db, const protocol::Caller& caller,
                                         std::unique_ptr<Statement> parsed) {
  auto bound = std::make_unique<BoundStatement>();
  bound->statement = std::move(parsed);
  const Statement& statement = *bound->statement;
  TRY(bound->table, find_table(db, caller, statement.table));
  bound->write.table = bound->table;
  if (statement.index) TRY_VOID(bind_index(*bound));
  if (statement.kind == Statement::Kind::insert) {
    TRY_VOID(bind_insert(*bound));
  } else if (!bound->is_read()) {
    TRY_VOID(bind_to_key(*bound));
  } else {
    TRY_VOID(check_key_types(*bound));
    TRY_VOID(check_alternatives(*bound));
    TRY_VOID(check_filter_is_projected(*bound));
  }
  TRY_VOID(check_order(*bound));
  return bound;
}

Result<std::string> key_of_read(const BoundStatement& bound, const char* operation) {
  auto key = bound.index ? std::nullopt : fixed_key(bound);
  // The read is of one item, without a filter.
  if (!key || !is_key_alone(*bound.statement->where, bound.table->key)) {
    return validation_error(std::string("Select statements within ") + operation +
                            " must specify the primary key in the where clause.");
  }
  return key_of(*bound.table, *key);
}

Result<std::optional<std::string>> read_one_item(const storage::Reader& reader, const BoundStatement& bound,
                                                 const std::string& key, bool consistent, Consumed& consumed) {
  auto stored = reader.get(storage::Family::items, key);
  consumed.table += read_units(stored ? stored_size_bytes(*stored).value_or(0) : 0, consistent);
  if (!stored) return std::optional<std::string>();
  TRY(AttributeMap item, read_stored_item(*stored));
  if (!holds(*bound.statement->where, item)) return std::optional<std::string>();
  std::string out;
  append_json(out, bound.statement->projection ? select_paths(item, *bound.statement->projection) : item);
  return std::optional(std::move(out));
}

namespace {

/// The keys that are read, one range for each partition, or all of them.
std::vector<KeyRange> ranges_of(const BoundStatement& bound, bool reverse) {
  std::vector<KeyRange> ranges;
  for (const KeyCondition& condition : key_conditions(bound, schema_of(bound))) {
    ranges.push_back(query_range(*bound.table, bound.index, condition));
  }
  if (reverse) std::reverse(ranges.begin(), ranges.end());
  if (!ranges.empty()) return ranges;
  std::string prefix =
      bound.index ? tables::index_prefix(*bound.table, *bound.index) : tables::table_prefix(*bound.table);
  return {{prefix, storage::prefix_end(prefix)}};
}

}  // namespace

Result<Page> run_select(const ItemContext& db, const BoundStatement& bound, const SelectOptions& options) {
  constexpr size_t kPartitionsMax = 50;  // source: PartiQL reference, "IN"; unverified wording
  const Statement& statement = *bound.statement;
  if (bound.index && options.consistent && bound.index->kind == tables::IndexKind::global) {
    return validation_error("Strongly consistent read is not supported on Global Secondary Indexes");
  }
  TRY(Selection selection, select("", *bound.table, bound.index, statement.projection));
  PageRequest page;
  page.table = bound.table.get();
  page.index = bound.index;
  page.consistent = options.consistent;
  page.limit = options.limit;
  page.filter = statement.where ? &*statement.where : nullptr;
  page.projection = std::move(selection.projection);
  page.select_paths = select_paths;
  page.fetch_items = selection.fetch_items;
  for (const auto& order : statement.order_by) page.reverse |= order.descending;
  page.ranges = ranges_of(bound, page.reverse);
  if (page.ranges.size() > kPartitionsMax)
    return validation_error("The IN operator takes at most 50 partition key values");
  if (options.start) {
    TRY(std::string position, start_position(*bound.table, bound.index, *options.start, true));
    continue_after(page, position);
  }
  if (db.throttle) TRY_VOID(db.throttle->admit(*bound.table, bound.index, Direction::read));
  TRY(Page read, read_page(db.store, page));
  spend(db, *bound.table, read.consumed, Direction::read, db.clock.now_ms());
  return read;
}

Result<WriteResult> run_write(storage::Txn& txn, const ItemContext& db, const BoundStatement& bound) {
  auto result = apply_write(txn, db, bound.write);
  const bool duplicate = bound.statement->kind == Statement::Kind::insert && result.has_error() &&
                         result.error().is(errors::conditional_check_failed);
  if (duplicate) return AwsError(errors::duplicate_item, "Duplicate primary key exists in table");
  return result;
}

std::optional<AttributeMap> returned_attributes(const BoundStatement& bound, const WriteResult& result) {
  const Update& update = bound.statement->update;
  auto touched = [&](const std::optional<AttributeMap>& item) -> std::optional<AttributeMap> {
    if (!item) return std::nullopt;
    AttributeMap out = project(*item, touched_paths(update));
    if (out.empty()) return std::nullopt;
    return out;
  };
  switch (bound.statement->returning) {
    case Returning::none: return std::nullopt;
    case Returning::all_old: return result.old_item;
    case Returning::all_new: return result.new_item;
    case Returning::modified_old: return touched(result.old_item);
    case Returning::modified_new: return touched(result.new_item);
  }
  return std::nullopt;
}

namespace {

/// The action and the table that a statement needs, from its first words; malformed ones need nothing and fail later.
std::optional<protocol::AccessNeed> need_of(const ItemContext& db, const protocol::Caller& caller,
                                            std::string_view text) {
  auto tokens = tokenize_partiql(text);
  if (!tokens) return std::nullopt;
  auto is = [&](size_t i, const char* word) {
    return i < tokens->size() && equals_ignore_case((*tokens)[i].text, word);
  };
  size_t at = is(0, "EXISTS") ? 2 : 0;
  const bool is_update = is(at, "UPDATE") || is(at, "FROM");
  const char* action = is(at, "SELECT")   ? "PartiQLSelect"
                       : is(at, "INSERT") ? "PartiQLInsert"
                       : is_update        ? "PartiQLUpdate"
                                          : "PartiQLDelete";
  size_t table = at;
  while (table < tokens->size() && !is_update && !is(table, "FROM") && !is(table, "INTO")) ++table;
  ++table;
  if (table >= tokens->size()) return std::nullopt;
  return table_need(db, caller, action, (*tokens)[table].text);
}

}  // namespace

AccessRule access_to_statements(const ItemContext& db, const char* list_member) {
  return [db, list_member](const protocol::Call& call) -> Result<protocol::AccessNeeds> {
    protocol::AccessNeeds needs;
    ItemInput input(call, Wording::plain);
    auto add = [&](std::string_view text) {
      if (auto need = need_of(db, call.caller, text)) needs.push_back(std::move(*need));
    };
    if (!list_member) add(input.text("Statement"));
    simdjson::dom::array statements;
    if (auto list = list_member ? input.find(list_member) : std::nullopt; list && !list->get_array().get(statements)) {
      for (simdjson::dom::element one : statements) add(ItemInput(one, Wording::plain).text("Statement"));
    }
    return needs;
  };
}

}  // namespace millrace::dynamodb
