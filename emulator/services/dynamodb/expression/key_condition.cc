#include "emulator/services/dynamodb/expression/key_condition.h"

#include <algorithm>

#include "emulator/services/dynamodb/expression/evaluate.h"

namespace millrace::dynamodb {
namespace {

using tables::KeyAttribute;
using tables::KeySchema;

constexpr char kInvalidCondition[] = "Invalid condition in KeyConditionExpression: ";

ExpressionError error(std::string text) {
  return {std::move(text)};
}

using Failure = std::optional<ExpressionError>;

Failure invalid_operator(const char* name) {
  return error(std::string("Invalid operator used in KeyConditionExpression: ") + name);
}

bool is_path(const Operand& operand) {
  return operand.kind == Operand::Kind::path;
}

/// `:v < a` says `a > :v`.
ConditionKind mirrored(ConditionKind kind) {
  switch (kind) {
    case ConditionKind::lt: return ConditionKind::gt;
    case ConditionKind::le: return ConditionKind::ge;
    case ConditionKind::gt: return ConditionKind::lt;
    case ConditionKind::ge: return ConditionKind::le;
    default: return kind;
  }
}

/// The one condition that `condition` states, appended to `terms`.
Failure add_term(const Condition& condition, std::vector<KeyTerm>& terms) {
  const auto& operands = condition.operands;
  for (const Operand& operand : operands) {
    if (operand.kind == Operand::Kind::function) {
      return error("KeyConditionExpressions cannot contain nested operations");
    }
    if (is_path(operand) && operand.path.size() > 1) {
      return error("KeyConditionExpressions cannot have conditions on nested attributes");
    }
  }
  auto paths = std::count_if(operands.begin(), operands.end(), is_path);
  if (paths == 0) return error(std::string(kInvalidCondition) + "No key attribute specified");
  if (paths > 1) return error(std::string(kInvalidCondition) + "Multiple attribute names used in one condition");
  const bool path_first = is_path(operands[0]);
  if (!path_first && (condition.kind == ConditionKind::between || condition.kind == ConditionKind::function)) {
    const char* name = condition.kind == ConditionKind::between ? "BETWEEN" : "begins_with";
    return error(std::string(kInvalidCondition) + name + " operator must have the key attribute as its first operand");
  }
  KeyTerm term;
  term.attribute = attribute_of((path_first ? operands[0] : operands[1]).path);
  term.kind = path_first ? condition.kind : mirrored(condition.kind);
  term.low = *(path_first ? operands[1] : operands[0]).value;
  if (condition.kind == ConditionKind::between) term.high = *operands[2].value;
  for (const KeyTerm& other : terms) {
    if (other.attribute == term.attribute) {
      return error("KeyConditionExpressions must only contain one condition per key");
    }
  }
  terms.push_back(std::move(term));
  return std::nullopt;
}

Failure collect(const Condition& condition, std::vector<KeyTerm>& terms) {
  switch (condition.kind) {
    case ConditionKind::and_:
      if (auto failure = collect(condition.children[0], terms)) return failure;
      return collect(condition.children[1], terms);
    case ConditionKind::or_:
    case ConditionKind::not_:
    case ConditionKind::in:
    case ConditionKind::ne: return invalid_operator(operator_text(condition.kind));
    case ConditionKind::function:
      if (condition.function != Function::begins_with) return invalid_operator(function_name(condition.function));
      break;
    default: break;
  }
  return add_term(condition, terms);
}

/// Takes the term on the attribute out of `terms`.
std::optional<KeyTerm> take(std::vector<KeyTerm>& terms, const std::string& attribute) {
  auto it = std::find_if(terms.begin(), terms.end(), [&](const KeyTerm& t) { return t.attribute == attribute; });
  if (it == terms.end()) return std::nullopt;
  KeyTerm term = std::move(*it);
  terms.erase(it);
  return term;
}

bool has_type(const KeyTerm& term, AttributeType type) {
  return term.low.type() == type && (term.kind != ConditionKind::between || term.high.type() == type);
}

constexpr char kWrongType[] =
    "One or more parameter values were invalid: Condition parameter type does not match schema type";

Failure missed(const KeyAttribute& attribute) {
  return error("Query condition missed key schema element: " + attribute.name);
}

bool has_term(const std::vector<KeyTerm>& terms, const KeyAttribute& attribute) {
  return std::any_of(terms.begin(), terms.end(), [&](const KeyTerm& term) { return term.attribute == attribute.name; });
}

bool is_multiple(const KeySchema& schema) {
  return schema.partition.size() > 1 || schema.sort.size() > 1;
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out.append(out.empty() ? "" : ", ").append(name);
  return out;
}

/// Each partition attribute has a condition; of several, all those are told that have none with `=`.
Failure check_partition(const std::vector<KeyTerm>& terms, const KeySchema& schema) {
  std::vector<std::string> lacking;
  for (const KeyAttribute& attribute : schema.partition) {
    const bool equal = std::any_of(terms.begin(), terms.end(), [&](const KeyTerm& term) {
      return term.attribute == attribute.name && term.kind == ConditionKind::eq;
    });
    if (!has_term(terms, attribute) && !is_multiple(schema)) return missed(attribute);
    if (!equal) lacking.push_back(attribute.name);
  }
  if (lacking.empty() || !is_multiple(schema)) return std::nullopt;
  return error("HASH key attributes " + joined(lacking) + " must have equality conditions specified in the query");
}

/// What is wrong with each term by itself, in the order in which they were written.
Failure check_terms(const std::vector<KeyTerm>& terms, const KeySchema& schema) {
  for (const KeyTerm& term : terms) {
    const KeyAttribute* attribute = schema.find(term.attribute);
    if (!attribute) continue;
    const bool of_partition = std::any_of(schema.partition.begin(), schema.partition.end(),
                                          [&](const KeyAttribute& one) { return one.name == term.attribute; });
    if (of_partition && term.kind != ConditionKind::eq) return error("Query key condition not supported");
    if (!has_type(term, attribute->type)) return error(kWrongType);
    if (term.kind == ConditionKind::function && attribute->type == AttributeType::N) {
      return error("Query key condition not supported");
    }
  }
  return std::nullopt;
}

/// Sort attributes are fixed from the first on; only the last that is named may have another condition than `=`.
Failure check_sort(const std::vector<KeyTerm>& terms, const KeySchema& schema) {
  std::vector<std::string> loose;
  for (const KeyAttribute& attribute : schema.sort) {
    auto term =
        std::find_if(terms.begin(), terms.end(), [&](const auto& one) { return one.attribute == attribute.name; });
    if (term != terms.end() && !loose.empty()) {
      return error("RANGE key attributes " + joined(loose) +
                   " must have equality conditions specified in the query because a condition is present on key "
                   "attribute " +
                   attribute.name);
    }
    if (term == terms.end() || term->kind != ConditionKind::eq) loose.push_back(attribute.name);
  }
  return std::nullopt;
}

/// Moves the values out of the terms, which fit the schema; a term that is left is on another attribute.
Failure fill(std::vector<KeyTerm>& terms, const KeySchema& schema, KeyCondition& out) {
  for (const KeyAttribute& attribute : schema.partition) out.partition.push_back(take(terms, attribute.name)->low);
  for (const KeyAttribute& attribute : schema.sort) {
    auto term = take(terms, attribute.name);
    if (!term) return terms.empty() ? Failure() : missed(attribute);
    if (term->kind == ConditionKind::eq) {
      out.sort_equal.push_back(std::move(term->low));
    } else {
      out.sort_range = std::move(term);
      break;
    }
  }
  if (!terms.empty()) return error("Query key condition not supported");
  return std::nullopt;
}

}  // namespace

Parsed<std::vector<KeyTerm>> key_terms(const Condition& condition) {
  std::vector<KeyTerm> terms;
  if (auto failure = collect(condition, terms)) return error("Invalid KeyConditionExpression: " + failure->message);
  return terms;
}

Parsed<KeyCondition> match_key(std::vector<KeyTerm> terms, const KeySchema& schema) {
  KeyCondition out;
  const size_t count_max = schema.partition.size() + schema.sort.size();
  if (terms.empty()) return error("Conditions can be of length 1 or 2 only");
  if (terms.size() > std::max<size_t>(2, count_max)) {
    return error("The number of query conditions (" + std::to_string(terms.size()) +
                 ") exceeds the number of key attributes defined in the schema (" + std::to_string(count_max) + ")");
  }
  for (auto check : {check_partition, check_terms, check_sort}) {
    if (auto failure = check(terms, schema)) return std::move(*failure);
  }
  if (auto failure = fill(terms, schema, out)) return std::move(*failure);
  return out;
}

bool fits(const KeyTerm& term, const AttributeValue& value) {
  if (term.kind == ConditionKind::function) {
    if (auto* text = value.get_if<std::string>(), *prefix = term.low.get_if<std::string>(); text && prefix) {
      return text->starts_with(*prefix);
    }
    auto *binary = value.get_if<Binary>(), *prefix = term.low.get_if<Binary>();
    return binary && prefix && binary->bytes.starts_with(prefix->bytes);
  }
  auto order = compare_scalars(value, term.low);
  if (!order) return false;
  switch (term.kind) {
    case ConditionKind::eq: return *order == 0;
    case ConditionKind::lt: return *order < 0;
    case ConditionKind::le: return *order <= 0;
    case ConditionKind::gt: return *order > 0;
    case ConditionKind::ge: return *order >= 0;
    case ConditionKind::between: return *order >= 0 && compare_scalars(term.high, value) != std::strong_ordering::less;
    default: return false;
  }
}

}  // namespace millrace::dynamodb
