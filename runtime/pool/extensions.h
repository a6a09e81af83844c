#pragma once
// The Extensions API (2020-01-01) of one execution environment, without HTTP: programs beside the runtime
// that register, then ask for the next event, as the runtime asks for the next invocation.
//
//   POST /extension/register    Lambda-Extension-Name, {"events":["INVOKE","SHUTDOWN"]}  ->
//   Lambda-Extension-Identifier GET  /extension/event/next  Lambda-Extension-Identifier; answered when there
//   is an event POST /extension/init/error, /extension/exit/error
//
// Source: "Using the Lambda Extensions API" in the developer guide.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "emulator/base/json.h"
#include "emulator/base/random.h"

namespace millrace::pool {

class Extensions {
 public:
  struct Request {
    bool post = false;
    std::string action;  // "register", "event/next", "init/error", "exit/error"
    std::string name, identifier, error_type, body;
  };
  struct Reply {
    int status = 200;
    std::string headers;  // complete lines
    std::string body;
  };
  struct Listeners {
    /// One registered, asked for its next event, or gave up.
    std::function<void()> changed;
    std::function<void(const std::string& name, const std::string& error_type)> failed;
  };

  /// `function` is what registering answers: functionName, functionVersion, handler.
  Extensions(Json function, Random& random, Listeners listeners)
      : function_(std::move(function)), random_(random), listeners_(std::move(listeners)) {}

  /// Nothing for `event/next`, which is answered through `later` when there is an event.
  std::optional<Reply> handle(const Request& request, std::function<void(Reply)> later);

  /// Hands `event` to all that registered for its eventType.
  void tell(const Json& event);
  /// Those who registered, in order: "name" and its events.
  struct Registered {
    std::string name;
    std::vector<std::string> events;
  };
  std::vector<Registered> registered() const;
  bool has(const std::string& name) const;
  bool empty() const { return extensions_.empty(); }
  /// True if each waits for an event and none has one to come.
  bool all_waiting() const;
  bool anyone_wants(const std::string& event) const;

 private:
  struct Extension {
    Registered about;
    std::function<void(Reply)> waiting;
    std::optional<Json> event;  // told before it asked
  };
  Reply enroll(const Request& request);
  void answer(Extension& extension);

  const Json function_;
  Random& random_;
  const Listeners listeners_;
  std::vector<std::pair<std::string, Extension>> extensions_;  // by identifier; at most kExtensionsMax
};

}  // namespace millrace::pool
