#pragma once

#include <string>

#include "emulator/tables/tables.h"

namespace millrace::dynamodb {

/// The policy of the table or the stream that an ARN names; empty: none.
std::string resource_policy(const tables::Tables& tables, const std::string& arn);

}  // namespace millrace::dynamodb
