#pragma once
// The port by which another service calls a function and waits (emulator/ports/function_caller.h).

#include <memory>

#include "emulator/ports/function_caller.h"
#include "emulator/services/lambda/state.h"

namespace millrace::lambda {

std::shared_ptr<ports::FunctionCaller> make_function_caller(Lambda& lambda);

}  // namespace millrace::lambda
