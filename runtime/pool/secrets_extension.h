#pragma once
// AWS's Parameters and Secrets extension, for the execution environments whose functions have its layer: an HTTP server for
// handlers, which reads parameters and secrets with the function's credentials and remembers them for a while.
//
//   GET /systemsmanager/parameters/get?name=&version=&label=&withDecryption=
//   GET /secretsmanager/get?secretId=&versionId=&versionStage=          X-Aws-Parameters-Secrets-Token: $AWS_SESSION_TOKEN
//
// On AWS each environment has a network of its own, and its extension port 2773 of that. Here environments share the
// machine's: one server serves all of them, at 127.0.0.1:2773, and knows an environment by its token, which no other has. Where
// the port is taken (a second millrace) it is another, and PARAMETERS_SECRETS_EXTENSION_HTTP_PORT tells handlers which.
//
// All of it runs on the io_context's one thread.

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "emulator/base/clock.h"
#include "emulator/ports/authority.h"
#include "emulator/ports/function_catalog.h"
#include "emulator/ports/service_caller.h"

namespace millrace::pool {

class SecretsExtension {
 public:
  /// Without `services` there is nobody to ask: 500.
  SecretsExtension(boost::asio::io_context& io, const Clock& clock, ports::ServiceCaller* services);
  ~SecretsExtension();
  SecretsExtension(const SecretsExtension&) = delete;

  /// An environment begins: it is served until it is removed. Returns the port at which it is; 0 if none could be had.
  uint16_t add(const ports::FunctionVersion& function, const ports::Credentials& credentials);
  /// Its first invocation begins: before that the extension isn't ready, as on AWS.
  void ready(const std::string& session_token);
  void remove(const std::string& session_token);

  struct State;  // secrets_extension.cc's own

 private:
  std::shared_ptr<State> state_;
};

}  // namespace millrace::pool
