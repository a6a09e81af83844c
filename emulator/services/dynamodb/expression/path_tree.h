#pragma once
// Document paths merged by their common beginnings, so that a document is walked once for all of them.

#include <map>
#include <string_view>

#include "emulator/services/dynamodb/expression/ast.h"

namespace millrace::dynamodb {

/// A node has either a leaf (the path's end), or named or numbered children: paths neither overlap nor conflict.
template <class Leaf>
struct PathTree {
  const Leaf* leaf = nullptr;
  std::map<std::string_view, PathTree> members;
  std::map<size_t, PathTree> elements;

  void add(const Path& path, const Leaf& value) {
    PathTree* node = this;
    for (const PathStep& step : path) {
      if (const auto* name = std::get_if<std::string>(&step)) {
        node = &node->members[*name];
      } else {
        node = &node->elements[std::get<size_t>(step)];
      }
    }
    node->leaf = &value;
  }
};

}  // namespace millrace::dynamodb
