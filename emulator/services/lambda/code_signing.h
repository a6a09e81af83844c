#pragma once
// Code signing configurations: a document each under {"lambda-code-signing", account, region, id}, with the members as
// shown and `tags`. A function's document names its configuration in `code_signing`.

#include <string>

#include "emulator/base/result.h"
#include "emulator/protocol/shape.h"
#include "emulator/storage/documents.h"

namespace millrace::lambda {

std::string code_signing_key(const std::string& account, const std::string& region, const std::string& id);
/// The ARN of one, as requests give it.
protocol::Shape code_signing_arn_shape();
/// CodeSigningConfigNotFoundException unless the ARN names one.
Result<void> check_code_signing_config(const storage::Reader& reader, const std::string& arn);

}  // namespace millrace::lambda
