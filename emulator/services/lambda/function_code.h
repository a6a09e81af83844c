#pragma once
// Where a function's code comes from: an inline zip, an object in this emulator's S3, or a local folder
// (`hot-reload`).

#include "emulator/services/lambda/state.h"

namespace millrace::lambda {

/// The bucket name that stands for "the key is a folder of this machine; run from it, reload on change".
inline constexpr const char* kHotReloadBucket = "hot-reload";

/// The members of CreateFunction's Code and of UpdateFunctionCode.
std::vector<protocol::Member> code_members();

/// Fetches, checks and keeps the package; what a function's document holds as `code`. `layers_unzipped` counts
/// towards 250 MB. Errors: AWS's for the zip, the sizes and S3.
Result<Json> take_code(Lambda& lambda, const protocol::Call& call, const Json& input, uint64_t layers_unzipped);

/// Fetches the zip of a `{ZipFile}` or `{S3Bucket, S3Key, S3ObjectVersion}`.
Result<std::string> fetch_zip(Lambda& lambda, const protocol::Call& call, const Json& input);

/// Removes a package unless $LATEST or a version of the function still has it.
void release_code(Lambda& lambda, const FunctionRef& ref, const Json& code);

/// Where the package can be fetched from.
std::string code_location(const Lambda& lambda, const Json& code);

/// The caller's needs for the object, besides those of the operation.
void add_code_needs(const Json& input, protocol::AccessNeeds& needs);

}  // namespace millrace::lambda
