#pragma once
// What the data planes call and tell: functions, other services, other servers, logs, metrics.

#include <memory>

#include "emulator/ports/function_caller.h"
#include "emulator/ports/http_caller.h"
#include "emulator/ports/log_sink.h"
#include "emulator/ports/service_caller.h"
#include "emulator/protocol/identity.h"
#include "emulator/services/apigateway/api_meter.h"

namespace millrace::apigateway {

struct Outside {
  std::shared_ptr<ports::FunctionCaller> functions;
  std::shared_ptr<ports::ServiceCaller> services;
  std::shared_ptr<ports::HttpCaller> http;
  ports::LogSink* log = nullptr;
  std::shared_ptr<ApiMeter> meter;
  protocol::Identity* identity = nullptr;  // whose key is it, and what may its owner do
};

}  // namespace millrace::apigateway
