#pragma once
// Which route of an HTTP API a request takes. Pure.
//
// AWS's order: the full match of path and method with the most literal segments first; then greedy `{proxy+}` routes,
// the longest literal prefix first; a method of its own before ANY at the same path; at last $default.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::apigateway {

/// The path's segments between slashes, still percent-encoded; a trailing slash makes an empty last one.
std::vector<std::string> path_segments(std::string_view raw_path);

struct RouteKey {
  std::string method;                 // "GET", "ANY"; empty: $default
  std::vector<std::string> segments;  // "items", "{id}", "{proxy+}"
  bool is_default() const { return method.empty(); }
};

/// `GET /items/{id}`, `ANY /{proxy+}`, `$default`; nullopt for anything else.
std::optional<RouteKey> parse_route_key(std::string_view text);

struct RouteMatch {
  size_t index = 0;                           // of the route in the list
  std::map<std::string, std::string> values;  // path parameters, decoded
};

/// The route for a request; nullopt if none takes it.
std::optional<RouteMatch> match_route(const std::vector<RouteKey>& routes, std::string_view method,
                                      std::string_view raw_path);

}  // namespace millrace::apigateway
