#pragma once
// API Gateway's mapping templates: the part of the Velocity Template Language that it has. A template is parsed into a
// tree and rendered against the values that its names stand for. Pure, and bounded: steps, iterations, depth, output.
//
// Not there: macros, #include, #parse, #evaluate. What differs from stock Velocity: a reference without a value prints
// nothing.

#include <map>
#include <memory>
#include <string>
#include <variant>

#include "emulator/services/apigateway/vtl/value.h"

namespace millrace::apigateway::vtl {

/// Why a template can't be rendered, in a sentence for the log.
struct Failure {
  std::string reason;
};

/// The names a template knows at its start: "input", "util", "context", "stageVariables".
using Names = std::map<std::string, Value>;

/// Renders; text is trimmed as API Gateway does. What #set does to `names` stays there.
std::variant<std::string, Failure> render(const std::string& source, Names& names);

}  // namespace millrace::apigateway::vtl
