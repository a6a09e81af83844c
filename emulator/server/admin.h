#pragma once
// The admin API under /_millrace/: health, the clock, drain, and what rooms bring (emulator/services/admin_route.h).

#include <functional>
#include <map>
#include <string>

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
  bool owns(const protocol::HttpRequest& request) const;
  void handle(const protocol::HttpRequest& request, const Respond& respond) const;

 private:
  std::function<bool(std::function<void()>)> run_blocking_;
  std::map<std::string, AdminRoute> routes_;
};

}  // namespace millrace::server
