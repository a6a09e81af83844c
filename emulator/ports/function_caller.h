#pragma once
// Calling a function in another service's name and waiting for its answer: API Gateway's integrations and authorizers.
// The function's resource policy must let the service; nothing is kept, so a permission that is granted later counts from
// then on. Implemented by emulator/services/lambda.

#include <functional>
#include <string>

namespace millrace::ports {

struct FunctionCall {
  std::string function_arn;       // with a qualifier or without
  std::string role_arn = {};      // if given, the role that the service takes: its permissions count
  std::string payload;            // JSON text
  std::string request_id;         // a UUID
  std::string service_principal;  // "apigateway.amazonaws.com"
  std::string source_arn;         // aws:SourceArn as the policy's conditions see it
  std::string source_account;
  /// The client's own permissions were asked for, and suffice: neither a role's nor the function's policy counts.
  bool caller_may = false;
  bool asynchronous = false;      // accepted and answered with nothing: InvocationType Event
  std::string trace_header = {};  // X-Amzn-Trace-Id to go on with; empty: a new trace
  std::string tenant_id = {};     // for functions that run per tenant
};

struct FunctionAnswer {
  enum class Status { ok, function_error, not_allowed, not_found, throttled };
  Status status = Status::ok;
  std::string payload;  // the response or error document; for what isn't a run, a sentence
};

class FunctionCaller {
 public:
  virtual ~FunctionCaller() = default;
  /// Calls `done` exactly once, on any thread. Returns at once.
  virtual void call(FunctionCall call, std::function<void(FunctionAnswer)> done) = 0;
};

}  // namespace millrace::ports
