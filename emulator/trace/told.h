#pragma once
// Trees as people and programs read them.

#include <string>
#include <vector>

#include "emulator/base/json.h"
#include "emulator/trace/story.h"

namespace millrace::trace {

/// With lines for branches; what came from outside without control characters.
std::string in_lines(const std::vector<Node>& trees);
/// A line for what became of each thing, without who asked, batches, ids and logs.
std::string in_brief(const std::vector<Node>& trees);
/// [{"at", "kind", "text", ..., "children": [...]}]
Json in_json(const std::vector<Node>& trees);
/// What has a number above `after`, one line each in the order of the numbers, indented by its depth.
std::string in_order(const std::vector<Node>& trees, uint64_t after);
/// The highest number in the trees.
uint64_t newest(const std::vector<Node>& trees);

}  // namespace millrace::trace
