// What AWS refuses in a subscription's filter policy.

#include <fmt/format.h>

#include <algorithm>

#include "emulator/services/sns/sns.h"
#include "runtime/filter/filter_pattern.h"

namespace millrace::sns {

namespace {

constexpr size_t kKeysMax = 5, kCombinationsMax = 150;

/// The values of all leaves multiplied, each by how deep it lies; stops counting beyond AWS's limit.
size_t combinations(const Json& policy, size_t depth) {
  size_t out = 1;
  for (const auto& [key, value] : policy.items()) {
    if (out > kCombinationsMax) break;
    if (value.is_object()) out *= combinations(value, depth + 1);
    if (value.is_array() && key != "$or") out *= std::max<size_t>(1, value.size() * depth);
  }
  return out;
}

bool is_nested(const Json& policy) {
  for (const auto& [key, value] : policy.items()) {
    if (value.is_object()) return true;
  }
  return false;
}

/// Characters before the place, as columns of one line or several.
std::string place_of(const std::string& policy, size_t position) {
  size_t line = 1, column = 1;
  for (size_t i = 0; i < position && i < policy.size(); ++i) {
    column = policy[i] == '\n' ? 1 : column + 1;
    if (policy[i] == '\n') ++line;
  }
  return fmt::format("\n at [Source: (String)\"{}\"; line: {}, column: {}]", policy, line, column);
}

}  // namespace

std::string filter_policy_problem(const std::string& policy, const std::string& scope) {
  if (policy.empty() || policy == "{}") return "";
  const auto parsed = parse_json(policy);
  if (!parsed || !parsed->is_object()) return "FilterPolicy: failed to parse JSON.";
  if (parsed->empty()) return "";
  const bool by_body = scope == "MessageBody";
  if (!by_body && is_nested(*parsed))
    return "Filter policy scope MessageAttributes does not support nested filter policy";
  if (parsed->size() > kKeysMax) return "FilterPolicy: Filter policy can not have more than 5 keys";
  if (combinations(*parsed, 1) > kCombinationsMax) return "FilterPolicy: Filter policy is too complex";
  std::string problem;
  size_t position = 0;
  if (filter::FilterPattern::compile(policy, &problem, &position)) return "";
  return "FilterPolicy: " + problem + place_of(policy, position);
}

}  // namespace millrace::sns
