#pragma once
// What the data planes call: functions, other services, other servers.

#include <memory>

#include "emulator/ports/function_caller.h"
#include "emulator/ports/http_caller.h"
#include "emulator/ports/service_caller.h"

namespace millrace::apigateway {

struct Outside {
  std::shared_ptr<ports::FunctionCaller> functions;
  std::shared_ptr<ports::ServiceCaller> services;
  std::shared_ptr<ports::HttpCaller> http;
};

}  // namespace millrace::apigateway
