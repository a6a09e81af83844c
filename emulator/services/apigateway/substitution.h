#pragma once
// `$context.x` in plain texts: gateway responses, access logs.

#include <functional>
#include <optional>
#include <string>

namespace millrace::apigateway {

/// The value of a dotted name; nullopt: there is none.
using FindValue = std::function<std::optional<std::string>(const std::string& name)>;

/// Replaces `$context.x`, `$stageVariables.x` and `$method.request...` (also in braces); `missing` stands for what has no
/// value.
std::string substituted(const std::string& text, const FindValue& find_value, const std::string& missing);

}  // namespace millrace::apigateway
