#include "emulator/server/admin.h"

#include <algorithm>

namespace millrace::server {

namespace {
constexpr std::string_view kPrefix = "/_millrace/";
}

void Admin::add(AdminRoute route) {
  std::string name = route.route;
  routes_.insert_or_assign(std::move(name), std::move(route));
}

void Admin::add_open(const std::string& route, Handler handler) {
  open_.push_back(route);
  add(route, std::move(handler));
}

bool Admin::is_open(const protocol::HttpRequest& request) const {
  const std::string_view method = request.method, path = request.raw_path().substr(kPrefix.size());
  return std::any_of(open_.begin(), open_.end(), [&](std::string_view route) {
    return route.size() == method.size() + 1 + path.size() && route.starts_with(method) && route.ends_with(path);
  });
}

bool Admin::owns(const protocol::HttpRequest& request) const {
  return request.raw_path().starts_with(kPrefix);
}

void Admin::handle(const protocol::HttpRequest& request, const Respond& respond) const {
  std::string path(request.raw_path().substr(kPrefix.size()));
  auto it = routes_.find(request.method + " " + path);
  if (it == routes_.end()) it = routes_.find(request.method + " " + path.substr(0, path.find('/')) + "/*");
  if (it == routes_.end()) {
    Json known = Json::array();
    for (const auto& [route, handler] : routes_) known.push_back(route);
    return respond(
        json_reply(404, {{"message", "No such admin route: " + request.method + " " + path}, {"routes", known}}));
  }
  const AdminRoute& found = it->second;
  if (!found.blocks) return found.handler(request, respond);
  if (!run_blocking_([&handler = found.handler, request, respond] { handler(request, respond); }))
    respond(json_reply(503, {{"message", "Too many requests are waiting"}}));
}

}  // namespace millrace::server
