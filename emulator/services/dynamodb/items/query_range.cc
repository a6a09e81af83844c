#include "emulator/services/dynamodb/items/query_range.h"

#include "emulator/services/dynamodb/expression/faults.h"
#include "emulator/services/dynamodb/items/input.h"
#include "emulator/services/dynamodb/items/keys.h"
#include "emulator/tables/item_keys.h"

namespace millrace::dynamodb {
namespace {

using storage::prefix_end;
using tables::KeySchema;

const KeySchema& schema_of(const PageRequest& page) {
  return page.index ? page.index->key : page.table->key;
}

/// The attributes whose values the condition fixes.
AttributeMap fixed_attributes(const KeyCondition& condition, const KeySchema& schema) {
  AttributeMap out;
  for (size_t i = 0; i < condition.partition.size(); ++i) out.set(schema.partition[i].name, condition.partition[i]);
  for (size_t i = 0; i < condition.sort_equal.size(); ++i) out.set(schema.sort[i].name, condition.sort_equal[i]);
  return out;
}

std::string with_part(std::string key, const AttributeValue& value) {
  tables::append_key_value(key, value);
  return key;
}

KeyRange range_of_term(const std::string& prefix, const KeyTerm& term) {
  KeyRange range{prefix, prefix_end(prefix)};
  switch (term.kind) {
    case ConditionKind::lt: range.to = with_part(prefix, term.low); break;
    case ConditionKind::le: range.to = prefix_end(with_part(prefix, term.low)); break;
    case ConditionKind::gt: range.from = prefix_end(with_part(prefix, term.low)); break;
    case ConditionKind::ge: range.from = with_part(prefix, term.low); break;
    case ConditionKind::between:
      range.from = with_part(prefix, term.low);
      range.to = prefix_end(with_part(prefix, term.high));
      break;
    default: {  // begins_with
      std::string start = prefix;
      tables::append_key_value_prefix(start, term.low);
      range = {start, prefix_end(start)};
    }
  }
  return range;
}

}  // namespace

Result<void> check_condition_values(const KeyCondition& condition, const KeySchema& schema) {
  for (size_t i = 0; i < condition.partition.size(); ++i) {
    TRY_VOID(check_key_value(schema.partition[i].name, condition.partition[i], true));
  }
  for (size_t i = 0; i < condition.sort_equal.size(); ++i) {
    TRY_VOID(check_key_value(schema.sort[i].name, condition.sort_equal[i], false));
  }
  return {};
}

KeyRange query_range(const tables::Table& table, const tables::Index* index, const KeyCondition& condition) {
  AttributeMap fixed = fixed_attributes(condition, index ? index->key : table.key);
  std::string prefix = (index ? tables::partition_prefix(table, *index, fixed) : tables::partition_prefix(table, fixed))
                           .value_or(std::string());
  for (const AttributeValue& value : condition.sort_equal) tables::append_key_value(prefix, value);
  if (condition.sort_range) return range_of_term(prefix, *condition.sort_range);
  return {prefix, prefix_end(prefix)};
}

Result<void> continue_query(PageRequest& page, const KeyCondition& condition, const AttributeMap& start) {
  const KeySchema& schema = schema_of(page);
  TRY(std::string position, start_position(*page.table, page.index, start, false));
  const bool single_row = !page.index && condition.sort_equal.size() == schema.sort.size();
  if (single_row && schema.sort.empty()) {
    const std::string& name = schema.partition[0].name;
    return validation_error("The provided exclusive start key is invalid: ExclusiveStartKey: {" + name + "=" +
                            value_text(*start.find(name)) + "}");
  }
  if (single_row) return validation_error("The query can return at most one row and cannot be restarted");
  for (size_t i = 0; i < condition.partition.size(); ++i) {
    if (!(*start.find(schema.partition[i].name) == condition.partition[i])) {
      return validation_error("The provided starting key is outside query boundaries based on provided conditions");
    }
  }
  bool matches = true;
  for (size_t i = 0; i < condition.sort_equal.size(); ++i) {
    matches &= *start.find(schema.sort[i].name) == condition.sort_equal[i];
  }
  if (const auto& term = condition.sort_range) matches &= fits(*term, *start.find(term->attribute));
  if (!matches) return validation_error("The provided starting key does not match the range key predicate");
  continue_after(page, position);
  return {};
}

}  // namespace millrace::dynamodb
