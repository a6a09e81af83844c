#pragma once
// What a request leaves in log groups: its access log line by the stage's format, and the lines of its execution (trace.h).

#include "emulator/ports/log_sink.h"
#include "emulator/protocol/http.h"
#include "emulator/services/apigateway/rest/exchange.h"

namespace millrace::apigateway::rest {

class RequestLogs {
 public:
  RequestLogs(Gateway& gateway, ports::LogSink* sink) : gateway_(gateway), sink_(sink) {}
  void write(const Exchange& exchange, const protocol::HttpReply& reply) const;

 private:
  void write_access_line(const Exchange& exchange, const protocol::HttpReply& reply) const;
  void write_execution(const Exchange& exchange) const;
  std::string account_role(const Exchange& exchange) const;

  Gateway& gateway_;
  ports::LogSink* sink_;
};

}  // namespace millrace::apigateway::rest
