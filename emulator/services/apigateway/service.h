#pragma once
// API Gateway: the control plane of HTTP APIs (version 2), and the APIs that are deployed.

#include <functional>
#include <memory>

#include "emulator/ports/function_caller.h"
#include "emulator/protocol/service.h"
#include "emulator/services/service_context.h"

namespace millrace::apigateway {

struct Room {
  std::shared_ptr<protocol::Service> control;      // "apigateway"
  std::shared_ptr<protocol::Service> execute_api;  // "execute-api": requests for deployed APIs
};

/// `functions` outlives both services.
Room make_room(ServiceContext context, std::shared_ptr<ports::FunctionCaller> functions);

/// True if the request is for a deployed API, by its Host or path. Asked of every request to the server.
bool is_api_request(const protocol::HttpRequest& request);

}  // namespace millrace::apigateway
