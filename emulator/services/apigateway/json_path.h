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

}  // namespace millrace::apigateway
