#include "emulator/services/dynamodb/expression/faults.h"

#include <algorithm>
#include <initializer_list>
#include <span>

#include "emulator/base/encoding.h"
#include "emulator/services/dynamodb/expression/evaluate.h"

namespace millrace::dynamodb {
namespace {

using Types = std::initializer_list<AttributeType>;
using enum AttributeType;

// Observed orders: see the facts in the tests. Update expressions name reserved words first.
constexpr Check kConditionOrder[] = {
    Check::parentheses,   Check::operators,    Check::unknown_function, Check::misused_function,
    Check::reserved_word, Check::list_index,   Check::undefined_name,   Check::undefined_value,
    Check::arity,         Check::same_operand, Check::document_path,    Check::operand_type,
};
constexpr Check kUpdateOrder[] = {
    Check::parentheses,      Check::reserved_word,    Check::list_index,
    Check::unknown_function, Check::misused_function, Check::section,
    Check::undefined_name,   Check::undefined_value,  Check::arity,
    Check::overlap,          Check::conflict,         Check::operand_type,
    Check::document_path,
};
constexpr Check kProjectionOrder[] = {Check::reserved_word, Check::list_index, Check::undefined_name,
                                      Check::document_path, Check::overlap,    Check::conflict};

std::span<const Check> order_of(ExpressionKind kind) {
  switch (kind) {
    case ExpressionKind::update: return kUpdateOrder;
    case ExpressionKind::projection: return kProjectionOrder;
    default: return kConditionOrder;
  }
}

/// The type known before any item is read; nullopt for a document path.
std::optional<AttributeType> static_type(const Operand& operand) {
  switch (operand.kind) {
    case Operand::Kind::path: return std::nullopt;
    case Operand::Kind::value: return operand.value ? std::optional(operand.value->type()) : std::nullopt;
    case Operand::Kind::plus:
    case Operand::Kind::minus: return N;
    case Operand::Kind::function: break;
  }
  if (operand.function == Function::size) return N;
  if (operand.function == Function::list_append) return L;
  return operand.arguments.size() == 2 ? static_type(operand.arguments[1]) : std::nullopt;
}

void require_type(const Operand& operand, Types allowed, const char* name, Faults& faults) {
  auto type = static_type(operand);
  if (!type || std::find(allowed.begin(), allowed.end(), *type) != allowed.end()) return;
  faults.note(Check::operand_type,
              std::string("Incorrect operand type for operator or function; operator or function: ") + name +
                  ", operand type: " + type_name(*type));
}

void require_path(const Operand& operand, const char* name, Faults& faults) {
  if (operand.kind == Operand::Kind::path) return;
  faults.note(Check::document_path,
              std::string("Operator or function requires a document path; operator or function: ") + name);
}

void require_distinct(std::span<const Operand> operands, const char* name, Faults& faults) {
  const Operand& first = operands.front();
  if (first.kind != Operand::Kind::path) return;
  for (const Operand& other : operands.subspan(1)) {
    if (other.kind != Operand::Kind::path || other.path != first.path) continue;
    faults.note(Check::same_operand,
                std::string("The first operand must be distinct from the remaining operands for this operator or "
                            "function; operator: ") +
                    name + ", first operand: " + path_text(first.path));
  }
}

void check_bounds(const Operand& lower, const Operand& upper, Faults& faults) {
  if (lower.kind != Operand::Kind::value || upper.kind != Operand::Kind::value || !lower.value || !upper.value) return;
  std::string rule;
  if (lower.value->type() != upper.value->type()) {
    rule = "same data type for lower and upper bounds";
  } else if (compare_scalars(*upper.value, *lower.value) == std::strong_ordering::less) {
    rule = "upper bound to be greater than or equal to lower bound";
  } else {
    return;
  }
  faults.note(Check::operand_type, "The BETWEEN operator requires " + rule + "; lower bound operand: " +
                                       value_text(*lower.value) + ", upper bound operand: " + value_text(*upper.value));
}

void check_type_name(const Operand& operand, Faults& faults) {
  if (operand.kind != Operand::Kind::value) {
    // unverified: AWS prints the set of types for an operand whose type isn't known.
    faults.note(Check::operand_type,
                "Incorrect operand type for operator or function; operator or function: attribute_type, operand type: "
                "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}");
    return;
  }
  require_type(operand, {S}, "attribute_type", faults);
  const auto* name = operand.value ? operand.value->get_if<std::string>() : nullptr;
  if (!name) return;
  for (const char* known : {"S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS", "BS"}) {
    if (*name == known) return;
  }
  faults.note(Check::operand_type,
              "Invalid attribute type name found; type: " + *name + ", valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}");
}

/// list_append can be a whole value only.
void check_list_append_inside(std::span<const Operand> arguments, Faults& faults) {
  for (const Operand& argument : arguments) {
    if (argument.kind != Operand::Kind::function || argument.function != Function::list_append) continue;
    faults.note(Check::misused_function,
                "The function is not allowed to be used this way in an expression; function: list_append");
  }
}

size_t arity_of(Function function) {
  switch (function) {
    case Function::attribute_exists:
    case Function::attribute_not_exists:
    case Function::size: return 1;
    default: return 2;
  }
}

/// How update expressions call types.
const char* long_type_name(AttributeType type) {
  switch (type) {
    case S: return "STRING";
    case N: return "NUMBER";
    case B: return "BINARY";
    case BOOL: return "BOOLEAN";
    case NUL: return "NULL";
    case L: return "LIST";
    case M: return "MAP";
    case SS: return "STRING_SET";
    case NS: return "NUMBER_SET";
    case BS: return "BINARY_SET";
  }
  return "";
}

}  // namespace

std::string value_text(const AttributeValue& value) {
  std::string content;
  if (auto* text = value.get_if<std::string>()) content = *text;
  if (auto* number = value.get_if<Number>()) content = number->text();
  if (auto* binary = value.get_if<Binary>()) content = to_base64(binary->bytes);
  return std::string("AttributeValue: {") + type_name(value.type()) + ":" + content + "}";
}

std::optional<std::string> Faults::first(ExpressionKind kind) const {
  for (Check check : order_of(kind)) {
    if (const auto& text = first_[static_cast<size_t>(check)]) return text;
  }
  return std::nullopt;
}

void check_function(Function function, const std::vector<Operand>& arguments, Faults& faults) {
  const char* name = function_name(function);
  if (arguments.size() != arity_of(function)) {
    faults.note(Check::arity,
                std::string("Incorrect number of operands for operator or function; operator or function: ") + name +
                    ", number of operands: " + std::to_string(arguments.size()));
    return;
  }
  switch (function) {
    case Function::attribute_exists:
    case Function::attribute_not_exists: require_path(arguments[0], name, faults); break;
    case Function::if_not_exists:
      check_list_append_inside(arguments, faults);
      require_path(arguments[0], name, faults);
      break;
    case Function::attribute_type: check_type_name(arguments[1], faults); break;
    case Function::begins_with:
      require_distinct(arguments, name, faults);
      for (const Operand& operand : arguments) require_type(operand, {S, B}, name, faults);
      break;
    case Function::contains:
      require_distinct(arguments, name, faults);
      require_type(arguments[0], {S, B, SS, NS, BS, L}, name, faults);
      break;
    case Function::size: require_type(arguments[0], {S, B, SS, NS, BS, L, M}, name, faults); break;
    case Function::list_append:
      check_list_append_inside(arguments, faults);
      for (const Operand& operand : arguments) require_type(operand, {L}, name, faults);
      break;
  }
}

void check_condition_operands(const Condition& condition, Faults& faults) {
  const char* name = operator_text(condition.kind);
  require_distinct(condition.operands, name, faults);
  switch (condition.kind) {
    case ConditionKind::between:
      for (const Operand& operand : condition.operands) require_type(operand, {S, N, B}, name, faults);
      check_bounds(condition.operands[1], condition.operands[2], faults);
      break;
    case ConditionKind::lt:
    case ConditionKind::le:
    case ConditionKind::gt:
    case ConditionKind::ge:
      for (const Operand& operand : condition.operands) require_type(operand, {S, N, B}, name, faults);
      break;
    case ConditionKind::in: {
      constexpr size_t kInOperandsMax = 100;
      size_t count = condition.operands.size() - 1;
      if (count > kInOperandsMax) {
        // unverified wording; the limit is documented.
        faults.note(Check::arity,
                    "The IN operator is provided with too many operands; number of operands: " + std::to_string(count));
      }
      break;
    }
    default: break;
  }
}

void check_arithmetic(const Operand& operand, Faults& faults) {
  const char* name = operand.kind == Operand::Kind::plus ? "+" : "-";
  for (const Operand& side : operand.arguments) require_type(side, {N}, name, faults);
}

void check_update_operand(const UpdateAction& action, Faults& faults) {
  if (action.section != UpdateSection::add && action.section != UpdateSection::delete_) return;
  auto type = static_type(action.value);
  if (!type || *type == SS || *type == NS || *type == BS) return;
  if (*type == N && action.section == UpdateSection::add) return;
  std::string name = section_text(action.section);
  faults.note(Check::operand_type, "Incorrect operand type for operator or function; operator: " + name +
                                       ", operand type: " + long_type_name(*type) + ", typeSet: ALLOWED_FOR_" + name +
                                       "_OPERAND");
}

void check_overlaps(const std::vector<const Path*>& paths, Faults& faults) {
  auto complain = [&](Check check, const char* how, const Path& one, const Path& two) {
    faults.note(check, std::string("Two document paths ") + how +
                           " with each other; must remove or rewrite one of these paths; path one: " + path_text(one) +
                           ", path two: " + path_text(two));
  };
  for (size_t j = 1; j < paths.size(); ++j) {
    for (size_t i = 0; i < j; ++i) {
      const Path &one = *paths[i], &two = *paths[j];
      size_t shared = std::min(one.size(), two.size()), same = 0;
      while (same < shared && one[same] == two[same]) ++same;
      if (same == shared) return complain(Check::overlap, "overlap", one, two);
      if (one[same].index() != two[same].index()) complain(Check::conflict, "conflict", one, two);
    }
  }
}

}  // namespace millrace::dynamodb
