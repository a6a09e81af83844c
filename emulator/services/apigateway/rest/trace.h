#pragma once
// Execution logs: what became of a request, step by step, in API Gateway's own lines. TestInvokeMethod answers them, a
// stage's loggingLevel sends them to the log group API-Gateway-Execution-Logs_{api}/{stage}.
//
// Observed: the lines of an execution, as TestInvokeMethod shows them. unverified: authorizers' and usage plans' lines, and
// which lines a stage leaves out without data tracing.

#include <map>
#include <string>
#include <vector>

#include "emulator/protocol/http.h"

namespace millrace::apigateway::rest {

struct Exchange;

struct Trace {
  enum class Level { off, error, info };
  Level level = Level::off;
  bool data = false;  // bodies and headers, too: dataTraceEnabled
  std::vector<std::string> lines;

  bool wants() const { return level == Level::info; }
  bool wants_data() const { return level == Level::info && data; }
  void note(std::string line) {
    if (wants()) lines.push_back(std::move(line));
  }
  void note_data(std::string line) {
    if (wants_data()) lines.push_back(std::move(line));
  }
  /// What went wrong: told on level ERROR, too.
  void complain(std::string line) {
    if (level != Level::off) lines.push_back(std::move(line));
  }
};

/// By the stage's settings for the exchange's method.
void set_level(Exchange& exchange);
/// The beginning: method, parameters, headers and body as the client sent them.
void trace_request(Exchange& exchange);
/// What goes to the integration.
void trace_outgoing(Exchange& exchange, const std::string& uri,
                    const std::vector<std::pair<std::string, std::string>>& headers, const std::string& body);
/// What came back from it.
void trace_incoming(Exchange& exchange, int status, const std::vector<std::pair<std::string, std::string>>& headers,
                    const std::string& body);
/// The end: the answer that the client gets.
void trace_reply(Exchange& exchange, const protocol::HttpReply& reply, bool by_gateway);

/// `https://lambda.R.amazonaws.com/2015-03-31/functions/ARN/invocations`
std::string function_endpoint(const std::string& function_arn);

}  // namespace millrace::apigateway::rest
