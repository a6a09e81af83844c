#include "emulator/services/dynamodb/expression/evaluate.h"

#include <algorithm>

namespace millrace::dynamodb {
namespace {

/// An operand's value: one that lives in the item or the request, or a size computed here.
class OperandValue {
 public:
  OperandValue(const Operand& operand, const AttributeMap& item);
  /// nullptr if the operand has no value for this item.
  const AttributeValue* get() const { return computed_ ? &*computed_ : found_; }
  /// size() of something that has none: the comparison is false, whatever the operator.
  bool is_impossible() const { return impossible_; }

 private:
  const AttributeValue* found_ = nullptr;
  std::optional<AttributeValue> computed_;
  bool impossible_ = false;
};

/// Units of UTF-16: what AWS counts in a string. Characters beyond the first plane, four bytes of UTF-8, are two.
int64_t utf16_units(std::string_view text) {
  int64_t units = 0;
  for (unsigned char byte : text) units += (byte & 0xc0) != 0x80 ? (byte >= 0xf0 ? 2 : 1) : 0;
  return units;
}

struct SizeOf {
  using Size = std::optional<int64_t>;
  Size operator()(const std::string& text) const { return utf16_units(text); }
  Size operator()(const Binary& binary) const { return binary.bytes.size(); }
  Size operator()(const List& list) const { return list.size(); }
  Size operator()(const AttributeMap& map) const { return map.size(); }
  Size operator()(const StringSet& set) const { return set.members.size(); }
  Size operator()(const NumberSet& set) const { return set.members.size(); }
  Size operator()(const BinarySet& set) const { return set.members.size(); }
  Size operator()(const auto&) const { return std::nullopt; }
};

OperandValue::OperandValue(const Operand& operand, const AttributeMap& item) {
  switch (operand.kind) {
    case Operand::Kind::path: found_ = find_path(item, operand.path); return;
    case Operand::Kind::value: found_ = operand.value; return;
    default: break;
  }
  // The parser lets no other function into a condition.
  OperandValue argument(operand.arguments[0], item);
  auto size = argument.get() ? std::visit(SizeOf{}, argument.get()->variant()) : std::nullopt;
  if (size) {
    computed_ = AttributeValue(Number(*size));
  } else {
    impossible_ = true;
  }
}

template <class T>
bool has_member(const std::vector<T>& members, const T& wanted) {
  return std::binary_search(members.begin(), members.end(), wanted);
}

bool contains(const AttributeValue& whole, const AttributeValue& part) {
  if (auto* list = whole.get_if<List>()) return std::find(list->begin(), list->end(), part) != list->end();
  if (auto* text = part.get_if<std::string>()) {
    if (auto* in = whole.get_if<std::string>()) return in->find(*text) != std::string::npos;
    if (auto* in = whole.get_if<StringSet>()) return has_member(in->members, *text);
  }
  if (auto* binary = part.get_if<Binary>()) {
    if (auto* in = whole.get_if<Binary>()) return in->bytes.find(binary->bytes) != std::string::npos;
    if (auto* in = whole.get_if<BinarySet>()) return has_member(in->members, binary->bytes);
  }
  if (auto* number = part.get_if<Number>()) {
    if (auto* in = whole.get_if<NumberSet>()) return has_member(in->members, *number);
  }
  return false;
}

bool begins_with(const AttributeValue& whole, const AttributeValue& start) {
  if (auto* text = whole.get_if<std::string>(), *prefix = start.get_if<std::string>(); text && prefix) {
    return text->starts_with(*prefix);
  }
  if (auto* binary = whole.get_if<Binary>(), *prefix = start.get_if<Binary>(); binary && prefix) {
    return binary->bytes.starts_with(prefix->bytes);
  }
  return false;
}

bool function_holds(const Condition& condition, const AttributeMap& item) {
  OperandValue first(condition.operands[0], item);
  if (condition.function == Function::attribute_exists) return first.get() != nullptr;
  if (condition.function == Function::attribute_not_exists) return first.get() == nullptr;
  OperandValue second(condition.operands[1], item);
  if (!first.get() || !second.get()) return false;
  switch (condition.function) {
    case Function::attribute_type: {
      auto* name = second.get()->get_if<std::string>();
      return name && *name == type_name(first.get()->type());
    }
    case Function::begins_with: return begins_with(*first.get(), *second.get());
    case Function::contains: return contains(*first.get(), *second.get());
    default: return false;
  }
}

bool comparison_holds(ConditionKind kind, const OperandValue& a, const OperandValue& b) {
  if (a.is_impossible() || b.is_impossible()) return false;
  const bool both = a.get() && b.get();
  if (kind == ConditionKind::eq) return both && *a.get() == *b.get();
  if (kind == ConditionKind::ne) return !both || !(*a.get() == *b.get());
  auto order = both ? compare_scalars(*a.get(), *b.get()) : std::nullopt;
  if (!order) return false;
  switch (kind) {
    case ConditionKind::lt: return *order < 0;
    case ConditionKind::le: return *order <= 0;
    case ConditionKind::gt: return *order > 0;
    case ConditionKind::ge: return *order >= 0;
    default: return false;
  }
}

}  // namespace

const AttributeValue* find_path(const AttributeMap& item, const Path& path) {
  const AttributeMap* map = &item;
  const AttributeValue* value = nullptr;
  for (const PathStep& step : path) {
    if (value) map = value->get_if<AttributeMap>();
    if (auto* name = std::get_if<std::string>(&step)) {
      value = map ? map->find(*name) : nullptr;
    } else {
      auto* list = value ? value->get_if<List>() : nullptr;
      size_t index = std::get<size_t>(step);
      value = list && index < list->size() ? &(*list)[index] : nullptr;
    }
    if (!value) return nullptr;
  }
  return value;
}

std::optional<std::strong_ordering> compare_scalars(const AttributeValue& a, const AttributeValue& b) {
  if (a.type() != b.type()) return std::nullopt;
  if (auto* text = a.get_if<std::string>()) return *text <=> *b.get_if<std::string>();
  if (auto* number = a.get_if<Number>()) return *number <=> *b.get_if<Number>();
  if (auto* binary = a.get_if<Binary>()) return *binary <=> *b.get_if<Binary>();
  return std::nullopt;
}

bool holds(const Condition& condition, const AttributeMap& item) {
  switch (condition.kind) {
    case ConditionKind::and_: return holds(condition.children[0], item) && holds(condition.children[1], item);
    case ConditionKind::or_: return holds(condition.children[0], item) || holds(condition.children[1], item);
    case ConditionKind::not_: return !holds(condition.children[0], item);
    case ConditionKind::function: return function_holds(condition, item);
    default: break;
  }
  OperandValue subject(condition.operands[0], item);
  if (condition.kind == ConditionKind::in) {
    return std::any_of(condition.operands.begin() + 1, condition.operands.end(), [&](const Operand& candidate) {
      return comparison_holds(ConditionKind::eq, subject, OperandValue(candidate, item));
    });
  }
  OperandValue second(condition.operands[1], item);
  if (condition.kind != ConditionKind::between) return comparison_holds(condition.kind, subject, second);
  return comparison_holds(ConditionKind::ge, subject, second) &&
         comparison_holds(ConditionKind::le, subject, OperandValue(condition.operands[2], item));
}

namespace {
void visit_operand(const Operand& operand, const std::function<void(const Path&)>& visit) {
  if (operand.kind == Operand::Kind::path) visit(operand.path);
  for (const Operand& argument : operand.arguments) visit_operand(argument, visit);
}
}  // namespace

void for_each_path(const Condition& condition, const std::function<void(const Path&)>& visit) {
  for (const Operand& operand : condition.operands) visit_operand(operand, visit);
  for (const Condition& child : condition.children) for_each_path(child, visit);
}

}  // namespace millrace::dynamodb
