#pragma once
// The admin API under /_millrace/: health, the clock, drain, and what other rooms register. JSON in and out; on
// the same port as the services, behind the same door.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "emulator/base/json.h"
#include "emulator/protocol/http.h"

namespace millrace::server {

class Admin {
 public:
  using Respond = std::function<void(protocol::HttpReply)>;
  /// Gets the request with its query; answers once, on any thread. Must not block unless registered as blocking.
  using Handler = std::function<void(const protocol::HttpRequest&, Respond)>;

  /// `route` is "GET clock", "POST clock/advance": method and path below /_millrace/.
  void add(const std::string& route, Handler handler);
  /// The same for a route that tells nothing and changes nothing: it is open to those who haven't the token, too.
  void add_open(const std::string& route, Handler handler);
  bool is_open(const protocol::HttpRequest& request) const;
  bool owns(const protocol::HttpRequest& request) const;
  void handle(const protocol::HttpRequest& request, const Respond& respond) const;

 private:
  std::map<std::string, Handler> routes_;
  std::vector<std::string> open_;
};

protocol::HttpReply json_reply(int status, const Json& body);

}  // namespace millrace::server
