#pragma once
// Access logs of HTTP APIs: one line for each request that has found its route, by the stage's format.

#include "emulator/ports/log_sink.h"
#include "emulator/services/apigateway/gateway.h"
#include "emulator/services/apigateway/http_event.h"

namespace millrace::apigateway {

/// What only the log wants to know.
struct Outcome {
  std::string integration_error;  // integrationErrorMessage
  Millis integration_ms = -1;
  int integration_status = 0;
  std::string integration_request_id;  // the function's or service's own
  Millis authorizer_ms = -1;           // a Lambda authorizer's
  std::string authorizer_error;
};

void write_access_log(const Gateway& gateway, ports::LogSink* sink, const Routed& request,
                      const protocol::HttpReply& reply, const Outcome& outcome);

}  // namespace millrace::apigateway
