#pragma once
// YAML as JSON and back: OpenAPI documents come and go in either. Pure and bounded.

#include <optional>
#include <string>
#include <string_view>

#include "emulator/base/json.h"

namespace millrace::apigateway {

/// The first document of a YAML text. Keys are texts (`200:` is "200"), plain scalars are what YAML 1.2's core schema
/// makes of them, anchors and merge keys are written out. nullopt: not YAML, deeper than 100 levels, or more than 500,000
/// nodes once its aliases are written out.
std::optional<Json> yaml_to_json(std::string_view text);

/// Block style, texts in double quotes: what every reader of YAML reads alike.
std::string json_to_yaml(const Json& value);

}  // namespace millrace::apigateway
