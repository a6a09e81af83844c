#pragma once
// Access logs: one line for each request, by the stage's format, to a log group.

#include "emulator/ports/log_sink.h"
#include "emulator/protocol/http.h"
#include "emulator/services/apigateway/rest/exchange.h"

namespace millrace::apigateway::rest {

class AccessLog {
 public:
  AccessLog(Gateway& gateway, ports::LogSink* sink) : gateway_(gateway), sink_(sink) {}
  void write(const Exchange& exchange, const protocol::HttpReply& reply) const;

 private:
  Gateway& gateway_;
  ports::LogSink* sink_;
};

}  // namespace millrace::apigateway::rest
