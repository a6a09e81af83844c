#pragma once
// Calling an operation of another service as AWS services do for their users: with a role's permissions, over the service's
// own protocol, through everything that a client's request goes through. API Gateway's AWS integrations. Implemented by
// emulator/server.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "emulator/ports/authority.h"

namespace millrace::ports {

struct ServiceCall {
  std::string role_arn;           // whose permissions count
  std::string account;            // on whose behalf: another account's role isn't assumed
  std::string service_principal;  // who assumes it: "apigateway.amazonaws.com"
  std::string source_arn;         // aws:SourceArn, for the role's trust policy
  std::string service;            // the signing name: "dynamodb"
  std::string region;
  std::string method = "POST";
  std::string target = "/";  // path and query
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  /// Whose permissions count instead of the role's: a function's own session.
  Credentials session = {};
};

struct ServiceAnswer {
  enum class Status { answered, role_refused };
  Status status = Status::answered;
  int http_status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;  // of role_refused: a sentence
};

class ServiceCaller {
 public:
  virtual ~ServiceCaller() = default;
  /// Calls `done` exactly once, on any thread. Returns at once.
  virtual void call(ServiceCall call, std::function<void(ServiceAnswer)> done) = 0;
};

}  // namespace millrace::ports
