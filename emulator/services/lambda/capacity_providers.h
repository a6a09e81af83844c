#pragma once
// Capacity providers as functions and tags see them.

#include <string>

#include "emulator/services/lambda/state.h"

namespace millrace::lambda {

std::string capacity_provider_key(const std::string& account, const std::string& region, const std::string& name);

/// The ARN of the provider that a function's settings name; empty: none.
std::string capacity_provider_of(const Json& config);
/// InvalidParameterValueException if the settings name a provider that isn't there.
Result<void> check_capacity_provider(const storage::Reader& reader, const Json& config);

}  // namespace millrace::lambda
