#pragma once
// What services say when they fail themselves.

#include <string_view>

#include "emulator/base/store_fault.h"

namespace millrace::protocol {

/// AWS's common error InternalFailure.
inline constexpr std::string_view kInternalFailureText =
    "The request processing has failed because of an unknown error, exception or failure.";

}  // namespace millrace::protocol
