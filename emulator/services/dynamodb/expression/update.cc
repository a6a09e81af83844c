#include "emulator/services/dynamodb/expression/update.h"

#include <algorithm>
#include <optional>
#include <set>

#include "emulator/services/dynamodb/expression/evaluate.h"
#include "emulator/services/dynamodb/expression/path_tree.h"

namespace millrace::dynamodb {
namespace {

constexpr char kMissingAttribute[] = "The provided expression refers to an attribute that does not exist in the item";
constexpr char kWrongType[] = "An operand in the update expression has an incorrect data type";
constexpr char kInvalidPath[] = "The document path provided in the update expression is invalid for update";
constexpr char kOverflow[] = "Number overflow. Attempting to store a number with magnitude larger than supported range";

ExpressionError error(const char* text) {
  return {text};
}

// ---- operands of SET, read from the old item ----

Parsed<AttributeValue> value_of(const Operand& operand, const AttributeMap& old);

Parsed<AttributeValue> sum(const Operand& operand, const AttributeMap& old) {
  auto left = value_of(operand.arguments[0], old);
  if (left.has_error()) return left;
  auto right = value_of(operand.arguments[1], old);
  if (right.has_error()) return right;
  auto *a = left->get_if<Number>(), *b = right->get_if<Number>();
  if (!a || !b) return error(kWrongType);
  auto result = operand.kind == Operand::Kind::plus ? Number::add(*a, *b) : Number::subtract(*a, *b);
  if (!result) return error(kOverflow);
  return AttributeValue(std::move(*result));
}

Parsed<AttributeValue> joined_lists(const Operand& operand, const AttributeMap& old) {
  auto left = value_of(operand.arguments[0], old);
  if (left.has_error()) return left;
  auto right = value_of(operand.arguments[1], old);
  if (right.has_error()) return right;
  auto *first = left->get_if<List>(), *second = right->get_if<List>();
  if (!first || !second) return error(kWrongType);
  first->insert(first->end(), std::make_move_iterator(second->begin()), std::make_move_iterator(second->end()));
  return left;
}

Parsed<AttributeValue> value_of(const Operand& operand, const AttributeMap& old) {
  switch (operand.kind) {
    case Operand::Kind::value: return *operand.value;
    case Operand::Kind::path: {
      const AttributeValue* found = find_path(old, operand.path);
      if (!found) return error(kMissingAttribute);
      return *found;
    }
    case Operand::Kind::plus:
    case Operand::Kind::minus: return sum(operand, old);
    case Operand::Kind::function: break;
  }
  if (operand.function == Function::list_append) return joined_lists(operand, old);
  // What PartiQL's SET lets through to here. unverified: its words; they are UpdateItem's.
  if (operand.function != Function::if_not_exists)
    return error("The function is not allowed in an update expression; function: size");
  const AttributeValue* found = find_path(old, operand.arguments[0].path);
  if (found) return *found;
  return value_of(operand.arguments[1], old);
}

// ---- ADD and DELETE on what is there ----

template <class Set>
Set united(const Set& a, const Set& b) {
  Set out;
  std::set_union(a.members.begin(), a.members.end(), b.members.begin(), b.members.end(),
                 std::back_inserter(out.members));
  return out;
}

template <class Set>
Set without(const Set& a, const Set& b) {
  Set out;
  std::set_difference(a.members.begin(), a.members.end(), b.members.begin(), b.members.end(),
                      std::back_inserter(out.members));
  return out;
}

Parsed<AttributeValue> added(const AttributeValue* current, const AttributeValue& operand) {
  if (!current) return operand;
  if (current->type() != operand.type()) return error(kWrongType);
  if (auto* number = operand.get_if<Number>()) {
    auto result = Number::add(*current->get_if<Number>(), *number);
    if (!result) return error(kOverflow);
    return AttributeValue(std::move(*result));
  }
  if (auto* set = operand.get_if<StringSet>()) return AttributeValue(united(*current->get_if<StringSet>(), *set));
  if (auto* set = operand.get_if<NumberSet>()) return AttributeValue(united(*current->get_if<NumberSet>(), *set));
  if (auto* set = operand.get_if<BinarySet>()) return AttributeValue(united(*current->get_if<BinarySet>(), *set));
  // Only the legacy AttributeUpdates adds to lists.
  if (auto* list = operand.get_if<List>()) {
    List out = *current->get_if<List>();
    out.insert(out.end(), list->begin(), list->end());
    return AttributeValue(std::move(out));
  }
  return error(kWrongType);
}

using MaybeValue = std::optional<AttributeValue>;

template <class Set>
MaybeValue reduced(const AttributeValue& current, const Set& operand) {
  Set out = without(*current.get_if<Set>(), operand);
  if (out.members.empty()) return std::nullopt;
  return AttributeValue(std::move(out));
}

Parsed<MaybeValue> deleted(const AttributeValue* current, const AttributeValue& operand) {
  if (!current) return MaybeValue();
  if (current->type() != operand.type()) return error(kWrongType);
  if (auto* set = operand.get_if<StringSet>()) return reduced(*current, *set);
  if (auto* set = operand.get_if<NumberSet>()) return reduced(*current, *set);
  if (auto* set = operand.get_if<BinarySet>()) return reduced(*current, *set);
  return error(kWrongType);
}

// ---- the whole update ----

/// What one action leaves at its path: a value, or nothing.
struct Change {
  UpdateSection section = UpdateSection::set;
  MaybeValue value;
};
using Tree = PathTree<Change>;

Parsed<Change> change_of(const UpdateAction& action, const AttributeMap& old) {
  Change change{action.section, std::nullopt};
  switch (action.section) {
    case UpdateSection::remove: break;
    case UpdateSection::set: {
      auto value = value_of(action.value, old);
      if (value.has_error()) return std::move(value).error();
      change.value = std::move(value).value();
      break;
    }
    case UpdateSection::add: {
      auto value = added(find_path(old, action.path), *action.value.value);
      if (value.has_error()) return std::move(value).error();
      change.value = std::move(value).value();
      break;
    }
    case UpdateSection::delete_: {
      auto value = deleted(find_path(old, action.path), *action.value.value);
      if (value.has_error()) return std::move(value).error();
      change.value = std::move(value).value();
      break;
    }
  }
  return change;
}

using Failure = std::optional<ExpressionError>;

/// Applies trees of changes to documents.
class Changer {
 public:
  explicit Changer(bool existed) : existed_(existed) {}
  Failure members(AttributeMap& map, const Tree& tree);

 private:
  Failure below(AttributeValue* value, const Tree& tree);
  Failure elements(List& list, const Tree& tree);
  /// A path that leads nowhere: an error, except that removing from an item that isn't there is nothing.
  Failure nowhere(const Tree& tree);

  const bool existed_;
};

bool only_removes(const Tree& tree) {
  if (tree.leaf) return !tree.leaf->value;
  auto removes = [](const auto& child) { return only_removes(child.second); };
  return std::all_of(tree.members.begin(), tree.members.end(), removes) &&
         std::all_of(tree.elements.begin(), tree.elements.end(), removes);
}

Failure Changer::nowhere(const Tree& tree) {
  if (!existed_ && only_removes(tree)) return std::nullopt;
  return error(kInvalidPath);
}

Failure Changer::members(AttributeMap& map, const Tree& tree) {
  for (const auto& [name, child] : tree.members) {
    if (!child.leaf) {
      if (auto failure = below(map.find(name), child)) return failure;
    } else if (child.leaf->value) {
      map.set(name, *child.leaf->value);
    } else {
      map.erase(name);
    }
  }
  return std::nullopt;
}

Failure Changer::below(AttributeValue* value, const Tree& tree) {
  if (!tree.members.empty()) {
    auto* map = value ? value->get_if<AttributeMap>() : nullptr;
    return map ? members(*map, tree) : nowhere(tree);
  }
  auto* list = value ? value->get_if<List>() : nullptr;
  return list ? elements(*list, tree) : nowhere(tree);
}

Failure Changer::elements(List& list, const Tree& tree) {
  const size_t size = list.size();
  std::vector<size_t> removed;
  for (const auto& [index, child] : tree.elements) {
    if (!child.leaf) {
      if (auto failure = below(index < size ? &list[index] : nullptr, child)) return failure;
    } else if (!child.leaf->value) {
      if (index < size) removed.push_back(index);
    } else if (index < size) {
      list[index] = *child.leaf->value;
    } else {
      list.push_back(*child.leaf->value);  // past the end: appended, in the order of the indexes
    }
  }
  for (auto it = removed.rbegin(); it != removed.rend(); ++it) list.erase(list.begin() + static_cast<long>(*it));
  return std::nullopt;
}

}  // namespace

Parsed<AttributeMap> apply(const Update& update, const AttributeMap& old, bool existed) {
  std::vector<Change> changes;
  changes.reserve(update.actions.size());
  for (const UpdateAction& action : update.actions) {
    auto change = change_of(action, old);
    if (change.has_error()) return std::move(change).error();
    changes.push_back(std::move(change).value());
  }
  Tree tree;
  for (size_t i = 0; i < changes.size(); ++i) tree.add(update.actions[i].path, changes[i]);
  AttributeMap item = old;
  if (auto failure = Changer(existed).members(item, tree)) return std::move(*failure);
  return item;
}

namespace {

constexpr size_t kExpressionBytes = 3, kWriteBytes = 19, kRemovalBytes = 1, kPathOperandBytes = 1, kStepBytes = 14;

/// unverified: that names count their bytes
size_t path_bytes(const Path& path) {
  size_t bytes = 0;
  for (const PathStep& step : path) {
    if (const auto* name = std::get_if<std::string>(&step)) bytes += name->size();
  }
  return bytes + kStepBytes * (path.size() - 1);
}

size_t operand_bytes(const Operand& operand) {
  size_t bytes = 0;
  for (const Operand& argument : operand.arguments) bytes += operand_bytes(argument);
  switch (operand.kind) {
    case Operand::Kind::value: return size_bytes(*operand.value);
    case Operand::Kind::path: return kPathOperandBytes + kStepBytes * (operand.path.size() - 1);
    case Operand::Kind::plus: return bytes + 34;
    case Operand::Kind::minus: return bytes + 37;
    case Operand::Kind::function: break;
  }
  return bytes + (operand.function == Function::list_append ? 37 : 39);
}

}  // namespace

size_t expression_bytes(const Update& update, const AttributeMap& item) {
  size_t bytes = kExpressionBytes;
  for (const UpdateAction& action : update.actions) {
    const bool writes = action.section == UpdateSection::set || action.section == UpdateSection::add;
    bytes += path_bytes(action.path) + (writes ? kWriteBytes + operand_bytes(action.value) : kRemovalBytes);
    // unverified: that what ADD makes isn't counted a second time
    const bool computes = action.section == UpdateSection::set && action.value.kind != Operand::Kind::value;
    const AttributeValue* written = computes ? find_path(item, action.path) : nullptr;
    if (written) bytes += size_bytes(*written);
  }
  return bytes;
}

Projection touched_paths(const Update& update) {
  Projection paths;
  for (const UpdateAction& action : update.actions) paths.push_back(action.path);
  return paths;
}

bool can_create(const Update& update) {
  return update.actions.empty() || std::any_of(update.actions.begin(), update.actions.end(), [](const auto& action) {
           return action.section == UpdateSection::set || action.section == UpdateSection::add;
         });
}

}  // namespace millrace::dynamodb
