#pragma once
// WebSocket integrations other than a function's proxy: AWS, HTTP, HTTP_PROXY and MOCK with templates. They are REST APIs'
// integrations with other names for the same things, and run as such.

#include <functional>
#include <string>

#include "emulator/protocol/operation.h"
#include "emulator/services/apigateway/gateway.h"
#include "emulator/services/apigateway/outside.h"

namespace millrace::apigateway {

/// An event of a connection on its way to its integration.
struct SocketEvent {
  std::shared_ptr<const Live> live;
  const Route& route;
  const Integration& integration;
  std::shared_ptr<protocol::Call> call;  // the request that opened the connection
  Json context;                          // the event's requestContext: $context
  std::string body;                      // the message; empty for $connect and $disconnect
};

/// Runs it; `done` gets the answer, or the gateway's own (5xx) with its reason in `failure`. Called once, on any thread.
void integrate_event(Gateway& gateway, const Outside& outside, const SocketEvent& event,
                     std::function<void(Result<protocol::HttpReply> reply, std::string failure)> done);

/// The integration as a REST API's method would have it. Pure; for tests.
Json as_rest_integration(const Integration& integration, const std::vector<Json>& responses);

}  // namespace millrace::apigateway
