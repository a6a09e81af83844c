#pragma once
// Who may take a route: JWT authorizers are judged here, REQUEST authorizers by their function, whose answers are kept for
// as long as the authorizer says.

#include <functional>
#include <string>

#include "emulator/ports/function_caller.h"
#include "emulator/services/apigateway/gateway.h"
#include "emulator/services/apigateway/http_event.h"

namespace millrace::apigateway {

/// The verdict on a request.
struct Admission {
  enum class Kind { admitted, unauthorized, forbidden, failed } kind = Kind::admitted;
  Json context;              // requestContext.authorizer's content: {"jwt": ...} or {"lambda": ...}; null: none
  std::string challenge;     // WWW-Authenticate, with `unauthorized` and `forbidden`; may be empty
  std::string problem = {};  // for logs: what was wrong with the token, or with the authorizer's function
};

/// A JWT authorizer's verdict. `jwks`: the issuer's keys, null where none are at hand.
Admission judge_token(const Authorizer& authorizer, const Route& route, const protocol::Call& call, const Json& jwks,
                      Millis now);

/// `arn:aws:execute-api:R:A:api/stage/GET/items/7`: what policies and authorizers name.
std::string method_arn(const Routed& request);

class RequestAuthorizers {
 public:
  explicit RequestAuthorizers(Gateway& gateway) : gateway_(gateway) {}
  /// Asks the authorizer's function, or what it said before; `done` is called exactly once, on any thread.
  void ask(ports::FunctionCaller& functions, const Authorizer& authorizer, const Routed& request,
           std::function<void(Admission)> done);

 private:
  Gateway& gateway_;  // its `answers` are what is kept
};

}  // namespace millrace::apigateway
