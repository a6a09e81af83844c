#pragma once
// The admin API under /_millrace/: health, the clock, drain, and what rooms bring (emulator/services/admin_route.h).

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "emulator/services/admin_route.h"

namespace millrace::server {

class Admin {
 public:
  using Respond = AdminRespond;
  using Handler = AdminRoute::Handler;

  /// `run_blocking` runs the routes that block, on a thread that may; false if it has no room.
  explicit Admin(std::function<bool(std::function<void()>)> run_blocking = {})
      : run_blocking_(std::move(run_blocking)) {}
  void add(AdminRoute route);
  /// One that doesn't block.
  void add(const std::string& route, Handler handler) { add({route, std::move(handler)}); }
  /// The same for a route that tells nothing and changes nothing: it is open to those who haven't the token, too.
  void add_open(const std::string& route, Handler handler);
  bool is_open(const protocol::HttpRequest& request) const;
  /// True for what reads its body while it arrives: a PUT.
  bool streams_body(const protocol::HttpRequest& head) const { return head.method == "PUT"; }
  /// Ours by the path: /_millrace/, /_localstack/, and unsigned requests for /health and /metrics. HEAD is answered as GET is.
  bool owns(const protocol::HttpRequest& request) const;
  void handle(const protocol::HttpRequest& request, const Respond& respond) const;
  /// "GET clock", ...; those that aren't below /_millrace/ with their whole path.
  std::vector<std::string> routes() const;

 private:
  std::function<bool(std::function<void()>)> run_blocking_;
  std::map<std::string, AdminRoute> routes_;
  std::vector<std::string> open_;
};

}  // namespace millrace::server
