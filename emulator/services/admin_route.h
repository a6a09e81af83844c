#pragma once
// Routes under /_millrace/, JSON in and out, on the same port as the services and behind the same door.

#include <functional>
#include <string>

#include "emulator/base/json.h"
#include "emulator/protocol/http.h"

namespace millrace {

using AdminRespond = std::function<void(protocol::HttpReply)>;

struct AdminRoute {
  /// Gets the request with its query; answers once, on any thread.
  using Handler = std::function<void(const protocol::HttpRequest&, AdminRespond)>;

  std::string route;  // "GET clock", "POST clock/advance": method and path below /_millrace/
  Handler handler;
  bool blocks = false;  // the handler waits (for a commit): it runs on a thread that may
};

inline protocol::HttpReply json_reply(int status, const Json& body) {
  protocol::HttpReply reply;
  reply.status = status;
  reply.headers.set("Content-Type", "application/json");
  reply.body = to_text(body) + "\n";
  return reply;
}

}  // namespace millrace
