#pragma once
// Who may take a route: JWT authorizers are judged here, REQUEST authorizers by their function, whose answers are kept for
// as long as the authorizer says.

#include <functional>
#include <list>
#include <string>

#include "emulator/base/mutex.h"
#include "emulator/ports/function_caller.h"
#include "emulator/services/apigateway/gateway.h"
#include "emulator/services/apigateway/http_event.h"

namespace millrace::apigateway {

/// The verdict on a request.
struct Admission {
  enum class Kind { admitted, unauthorized, forbidden, failed } kind = Kind::admitted;
  Json context;           // requestContext.authorizer's content: {"jwt": ...} or {"lambda": ...}; null: none
  std::string challenge;  // WWW-Authenticate, with `unauthorized` and `forbidden`; may be empty
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
  void forget() {
    MutexLock lock(mutex_);
    kept_.clear();
  }

 private:
  struct Kept {
    std::string key;
    Millis until_ms;
    Json answer;
  };
  std::optional<Json> find(const std::string& key);
  void keep(const std::string& key, int64_t ttl_s, Json answer);

  Gateway& gateway_;
  static constexpr size_t kKeptMax = 1024;  // at the bound the oldest goes
  Mutex mutex_;
  std::list<Kept> kept_ GUARDED_BY(mutex_);
};

}  // namespace millrace::apigateway
