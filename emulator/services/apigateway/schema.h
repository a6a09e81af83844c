#pragma once
// JSON Schema, draft 4, as far as models use it. Pure and bounded.

#include <functional>
#include <string>
#include <vector>

#include "emulator/base/json.h"

namespace millrace::apigateway {

/// A schema behind a `$ref` that isn't inside the document; nullptr: none.
using FindSchema = std::function<const Json*(const std::string& reference)>;

/// What is wrong with a document, as API Gateway words it (`object has missing required properties (["a"])`); none: nothing.
std::vector<std::string> schema_problems(const Json& schema, const Json& document, const FindSchema& find_schema);

}  // namespace millrace::apigateway
