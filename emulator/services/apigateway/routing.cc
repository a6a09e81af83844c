#include "emulator/services/apigateway/routing.h"

#include <array>

#include "emulator/base/encoding.h"

namespace millrace::apigateway {

namespace {

constexpr std::array<std::string_view, 8> kMethods = {"GET",  "HEAD", "OPTIONS", "PATCH",
                                                      "POST", "PUT",  "DELETE",  "ANY"};

bool is_variable(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}
bool is_greedy(std::string_view segment) {
  return is_variable(segment) && segment[segment.size() - 2] == '+';
}

/// How well a route fits: full matches before greedy ones, then literals from the left, then an own method.
struct Fit {
  bool full = false;
  std::vector<bool> literals;
  bool own_method = false;
  bool operator<(const Fit& other) const {
    if (full != other.full) return other.full;
    if (literals != other.literals) return literals < other.literals;
    return own_method < other.own_method;
  }
};

std::string rest_of_path(const std::vector<std::string>& segments, size_t from) {
  std::string out;
  for (size_t i = from; i < segments.size(); ++i) out += (i > from ? "/" : "") + segments[i];
  return percent_decode(out);
}

std::optional<Fit> fit_of(const RouteKey& route, std::string_view method, const std::vector<std::string>& segments,
                          std::map<std::string, std::string>& values) {
  if (route.method != "ANY" && route.method != method) return std::nullopt;
  Fit fit{.full = true, .own_method = route.method != "ANY"};
  const bool greedy = !route.segments.empty() && is_greedy(route.segments.back());
  const size_t exact = route.segments.size() - (greedy ? 1 : 0);
  if (greedy ? segments.size() <= exact : segments.size() != exact) return std::nullopt;
  for (size_t i = 0; i < exact; ++i) {
    const std::string& wanted = route.segments[i];
    const bool variable = is_variable(wanted);
    if (variable ? segments[i].empty() : wanted != percent_decode(segments[i])) return std::nullopt;
    if (variable) values[wanted.substr(1, wanted.size() - 2)] = percent_decode(segments[i]);
    fit.literals.push_back(!variable);
  }
  if (greedy) {
    const std::string& name = route.segments.back();
    values[name.substr(1, name.size() - 3)] = rest_of_path(segments, exact);
    fit.full = false;
  }
  return fit;
}

}  // namespace

std::vector<std::string> path_segments(std::string_view raw_path) {
  std::vector<std::string> out;
  if (raw_path.starts_with('/')) raw_path.remove_prefix(1);
  if (raw_path.empty()) return out;
  while (true) {
    const size_t slash = raw_path.find('/');
    out.emplace_back(raw_path.substr(0, slash));
    if (slash == std::string_view::npos) return out;
    raw_path.remove_prefix(slash + 1);
  }
}

std::optional<RouteKey> parse_route_key(std::string_view text) {
  if (text == "$default") return RouteKey{};
  const size_t space = text.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  RouteKey key{std::string(text.substr(0, space)), path_segments(text.substr(space + 1))};
  if (std::find(kMethods.begin(), kMethods.end(), key.method) == kMethods.end()) return std::nullopt;
  if (!text.substr(space + 1).starts_with('/')) return std::nullopt;
  for (size_t i = 0; i < key.segments.size(); ++i) {
    if (is_greedy(key.segments[i]) && i + 1 < key.segments.size()) return std::nullopt;
  }
  return key;
}

std::optional<RouteMatch> match_route(const std::vector<RouteKey>& routes, std::string_view method,
                                      std::string_view raw_path) {
  const std::vector<std::string> segments = path_segments(raw_path);
  std::optional<RouteMatch> best, fallback;
  Fit best_fit;
  for (size_t i = 0; i < routes.size(); ++i) {
    if (routes[i].is_default()) {
      fallback = RouteMatch{i, {}};
      continue;
    }
    RouteMatch match{i, {}};
    auto fit = fit_of(routes[i], method, segments, match.values);
    if (!fit || (best && !(best_fit < *fit))) continue;
    best = std::move(match);
    best_fit = std::move(*fit);
  }
  return best ? best : fallback;
}

}  // namespace millrace::apigateway
