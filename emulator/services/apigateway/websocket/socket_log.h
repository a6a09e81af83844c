#pragma once
// What an event of a WebSocket connection leaves: the stage's access log line, execution log lines, metrics.

#include <string>

#include "emulator/services/apigateway/gateway.h"
#include "emulator/services/apigateway/outside.h"

namespace millrace::apigateway {

/// How an event went.
struct SocketOutcome {
  int status = 200;            // that the event ended with
  int integration_status = 0;  // 0: none answered
  Millis latency_ms = 0, integration_ms = -1;
  std::string error;  // why the integration failed; empty: it didn't
  size_t response_bytes = 0;
};

/// `context`: the event's requestContext.
void tell_socket_event(const Gateway& gateway, const Outside& outside, const Live& live, const Json& context,
                       const SocketOutcome& outcome);

}  // namespace millrace::apigateway
