#pragma once
// API Gateway: the control planes of REST APIs (version 1) and of HTTP APIs (version 2), and the APIs that are deployed.

#include <functional>
#include <memory>

#include "emulator/ports/log_sink.h"
#include "emulator/protocol/service.h"
#include "emulator/services/apigateway/outside.h"
#include "emulator/services/service_context.h"

namespace millrace::apigateway {

struct Room {
  std::shared_ptr<protocol::Service> control;      // "apigateway"
  std::shared_ptr<protocol::Service> execute_api;  // "execute-api": requests for deployed APIs
};

/// `log`, where access logs go, outlives both services.
Room make_room(ServiceContext context, Outside outside, ports::LogSink* log);

/// True if the request is for a deployed API, by its Host or path. Asked of every request to the server.
bool is_api_request(const protocol::HttpRequest& request);

}  // namespace millrace::apigateway
