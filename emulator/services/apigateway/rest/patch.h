#pragma once
// PATCH of version 1: `{"patchOperations": [{"op", "path", "value"}]}`. A kind lists the paths that may be patched as
// data; the engine finds the member that a path names and puts the value there in the member's type. Pure.
// Source: "Amazon API Gateway patch operations", API reference.

#include <functional>
#include <string>
#include <vector>

#include "emulator/base/json.h"
#include "emulator/base/result.h"

namespace millrace::apigateway::rest {

struct PatchOperation {
  std::string op;                     // add, remove, replace (move, copy and test are refused)
  std::string path;                   // as sent
  std::vector<std::string> segments;  // between slashes, ~1 and ~0 decoded
  Json value;                         // a string, or null where there is none
  std::string from;
  std::string text() const { return value.is_string() ? value.get<std::string>() : ""; }
};

/// What the member is.
enum class As {
  text,         // kept as sent
  optional,     // text that an empty value removes
  boolean,      // "true", "false"
  integer,      // "10"
  number,       // "5.000000"
  element,      // a list's element: the path's last segment is it
  by_value,     // a list's element: the operation's value is it
  at_index,     // a list's element by number: replaced
  whole,        // a member that is removed as a whole (`/throttle`)
  json_policy,  // a policy's JSON text
};

struct PatchRule {
  const char* path;  // "/requestParameters/*": a star stands for one segment
  const char* ops;   // letters: a(dd), r(eplace), d (remove)
  As as = As::text;
};

/// The operations of an input, checked; ValidationException for an unknown op. `input_name`: "updateRestApiInput".
Result<std::vector<PatchOperation>> patch_operations(const Json& input, const std::string& input_name);

/// Applies one operation by the rules. BadRequestException for a path that no rule has, for an operation that the path doesn't
/// allow, and for values of the wrong type.
Result<void> apply_patch(Json& document, const PatchOperation& operation, const std::vector<PatchRule>& rules);

/// All of them in order; `own` takes what it knows first and returns true then.
using OwnPatch = std::function<Result<bool>(Json&, const PatchOperation&)>;
Result<void> apply_patches(Json& document, const Json& input, const std::string& input_name,
                           const std::vector<PatchRule>& rules, const OwnPatch& own = {});

/// `Invalid patch path  '/x' specified for op 'replace'. Must be one of: [...]`
AwsError invalid_path(const PatchOperation& operation, const std::vector<PatchRule>& rules);

/// The rules' paths as the error lists them; whether one of them is the operation's.
std::string listed_paths(const std::vector<PatchRule>& rules);
bool allows_path(const std::vector<PatchRule>& rules, const PatchOperation& operation);

Result<bool> patched_boolean(const PatchOperation& operation);
Result<int64_t> patched_integer(const PatchOperation& operation);
Result<double> patched_number(const PatchOperation& operation);

}  // namespace millrace::apigateway::rest
