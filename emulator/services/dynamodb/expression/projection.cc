#include "emulator/services/dynamodb/expression/projection.h"

#include <optional>

#include "emulator/services/dynamodb/expression/path_tree.h"

namespace millrace::dynamodb {
namespace {

using Tree = PathTree<Path>;

AttributeMap select_members(const AttributeMap& map, const Tree& tree);

std::optional<AttributeValue> select(const AttributeValue* value, const Tree& tree) {
  if (!value) return std::nullopt;
  if (tree.leaf) return *value;
  if (!tree.members.empty()) {
    const auto* map = value->get_if<AttributeMap>();
    if (!map) return std::nullopt;
    AttributeMap chosen = select_members(*map, tree);
    if (chosen.empty()) return std::nullopt;
    return chosen;
  }
  const auto* list = value->get_if<List>();
  if (!list) return std::nullopt;
  List chosen;
  for (const auto& [index, child] : tree.elements) {
    if (index >= list->size()) break;
    if (auto element = select(&(*list)[index], child)) chosen.push_back(std::move(*element));
  }
  if (chosen.empty()) return std::nullopt;
  return chosen;
}

AttributeMap select_members(const AttributeMap& map, const Tree& tree) {
  AttributeMap chosen;
  for (const auto& [name, child] : tree.members) {
    if (auto member = select(map.find(name), child)) chosen.append_unsorted(std::string(name), std::move(*member));
  }
  return chosen;
}

}  // namespace

AttributeMap project(const AttributeMap& item, const Projection& paths) {
  Tree tree;
  for (const Path& path : paths) tree.add(path, path);
  return select_members(item, tree);
}

}  // namespace millrace::dynamodb
