#pragma once
// What REST and HTTP APIs read of an OpenAPI document alike: its text as JSON or YAML, references inside it, its base path.
// Pure.

#include <string>

#include "emulator/base/json.h"
#include "emulator/base/result.h"

namespace millrace::apigateway {

/// What `?basepath=` says of the document's base path: leave it out, put it in front of every path, or put all but its first
/// segment in front.
enum class BasePath { ignore, prepend, split };
BasePath base_path_mode(const std::string& text);

/// The document in JSON or YAML, of Swagger 2.0 (`allow_swagger`) or OpenAPI 3.0; BadRequestException `Invalid OpenAPI input.`
Result<Json> parse_openapi(const std::string& body, bool allow_swagger);

/// What `node` is, after its `$ref` inside the document (`#/components/parameters/x`); the node itself where there is none.
const Json& referred(const Json& document, const Json& node);

/// `/v1/pets`: the document's base path and one of its paths, by the mode.
std::string placed_path(const Json& document, const std::string& path, BasePath mode);

/// A member that is an object; an empty one where it isn't.
const Json& object_in(const Json& document, const char* member);
/// A text, or a number or truth value as it is written: YAML has versions and status codes without quotes.
std::string scalar_text(const Json& value);
std::string upper(std::string text);

}  // namespace millrace::apigateway
