#include "emulator/server/admin.h"

#include <algorithm>

namespace millrace::server {

namespace {

constexpr std::string_view kPrefix = "/_millrace/";
constexpr std::string_view kLocalStack = "/_localstack/";

/// The name of a route of ours is what follows the prefix; others have their whole path.
std::string route_of(const protocol::HttpRequest& request) {
  std::string_view path = request.raw_path();
  if (path.starts_with(kPrefix)) path.remove_prefix(kPrefix.size());
  return std::string(path);
}

}  // namespace

void Admin::add(AdminRoute route) {
  std::string name = route.route;
  routes_.insert_or_assign(std::move(name), std::move(route));
}

void Admin::add_open(const std::string& route, Handler handler) {
  open_.push_back(route);
  add(route, std::move(handler));
}

bool Admin::is_open(const protocol::HttpRequest& request) const {
  const std::string path = route_of(request), method = request.method == "HEAD" ? "GET" : request.method;
  return std::any_of(open_.begin(), open_.end(), [&](std::string_view route) {
    return route.size() == method.size() + 1 + path.size() && route.starts_with(method) && route.ends_with(path);
  });
}

bool Admin::owns(const protocol::HttpRequest& request) const {
  std::string_view path = request.raw_path();
  if (path.starts_with(kPrefix) || path.starts_with(kLocalStack)) return true;
  // Whoever means a bucket of that name signs.
  return (path == "/health" || path == "/metrics") && request.target == path && !request.headers.has("authorization");
}

std::vector<std::string> Admin::routes() const {
  std::vector<std::string> out;
  for (const auto& [route, handler] : routes_) out.push_back(route);
  return out;
}

void Admin::handle(const protocol::HttpRequest& request, const Respond& respond) const {
  const std::string path = route_of(request), method = request.method == "HEAD" ? "GET" : request.method;
  auto it = routes_.find(method + " " + path);
  if (it == routes_.end()) it = routes_.find(method + " " + path.substr(0, path.find('/')) + "/*");
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
