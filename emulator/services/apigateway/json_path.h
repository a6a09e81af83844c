#pragma once
// JSONPath as mapping expressions and templates use it: `$.a.b`, `$['a']`, `[0]`, `[-1]`, `[*]`, `..a`, `[?(@.x == 1)]`.
// Pure. Source of behaviour: Jayway's JsonPath, which API Gateway uses.

#include <optional>
#include <string_view>

#include "emulator/base/json.h"

namespace millrace::apigateway {

/// What a path finds: a path that may find several (`*`, `..`, a filter) gives a list, any other the value itself;
/// nullopt: nothing, or a malformed path.
std::optional<Json> json_path(const Json& document, std::string_view path);
/// The same, looking at `left` values at most (nothing is found beyond); `left` is what remains.
std::optional<Json> json_path(const Json& document, std::string_view path, size_t& left);
constexpr size_t kPathNodesMax = 2'000'000;

}  // namespace millrace::apigateway
