#pragma once
// One service's operation, called by another in its own name: past sign-in and authorization, on the calling thread.

#include <string>

#include "emulator/base/clock.h"
#include "emulator/base/json.h"
#include "emulator/base/random.h"
#include "emulator/protocol/service.h"

namespace millrace::server {

/// The operation's output for this input, as the account itself would get it; the service's own errors. The operation is one with a
/// JSON handler.
Result<Json> call_service(protocol::Service& service, Clock& clock, Random& random, const std::string& operation,
                          const protocol::Caller& caller, const Json& input);

}  // namespace millrace::server
