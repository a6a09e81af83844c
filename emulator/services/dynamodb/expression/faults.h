#pragma once
// DynamoDB checks a whole expression for one kind of mistake before it looks for the next. The parser sees all
// kinds in one pass, so it keeps the first mistake of each kind here and reports the kind that comes first.

#include <array>
#include <optional>
#include <string>

#include "emulator/services/dynamodb/expression/ast.h"

namespace millrace::dynamodb {

enum class Check {
  parentheses,
  operators,
  unknown_function,
  misused_function,
  reserved_word,
  list_index,
  section,
  undefined_name,
  undefined_value,
  arity,
  same_operand,
  document_path,
  overlap,
  conflict,
  operand_type,
  count_,
};

class Faults {
 public:
  void note(Check check, std::string text) {
    auto& slot = first_[static_cast<size_t>(check)];
    if (!slot) slot = std::move(text);
  }
  /// The text that DynamoDB reports for an expression of this kind.
  std::optional<std::string> first(ExpressionKind kind) const;

 private:
  std::array<std::optional<std::string>, static_cast<size_t>(Check::count_)> first_;
};

/// "AttributeValue: {S:a}": how errors show a scalar.
std::string value_text(const AttributeValue& value);

/// Notes functions and operators whose operands are too few, too many, or of a type they don't take.
void check_function(Function function, const std::vector<Operand>& arguments, Faults& faults);
void check_condition_operands(const Condition& condition, Faults& faults);
void check_arithmetic(const Operand& operand, Faults& faults);
void check_update_operand(const UpdateAction& action, Faults& faults);

/// Notes the first two paths of which one contains the other, or that disagree on list or map.
void check_overlaps(const std::vector<const Path*>& paths, Faults& faults);

}  // namespace millrace::dynamodb
