#pragma once
// The port by which another service calls a function and waits (runtime/ports/function_caller.h).

#include <memory>

#include "emulator/services/lambda/state.h"
#include "runtime/ports/function_caller.h"

namespace millrace::lambda {

std::shared_ptr<ports::FunctionCaller> make_function_caller(Lambda& lambda);

}  // namespace millrace::lambda
