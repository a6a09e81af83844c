#include "emulator/services/apigateway/cors.h"

#include "emulator/base/encoding.h"

namespace millrace::apigateway {

using protocol::HttpReply;
using protocol::HttpRequest;

namespace {

std::string joined(const std::vector<std::string>& values) {
  std::string out;
  for (const std::string& value : values) out += (out.empty() ? "" : ",") + value;
  return out;
}

/// `*` within an allowed origin stands for any characters: `https://*.example.com`, `http://*`.
bool fits(std::string_view pattern, std::string_view origin) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) return equals_ignore_case(pattern, origin);
  const std::string_view head = pattern.substr(0, star), tail = pattern.substr(star + 1);
  return origin.size() >= head.size() + tail.size() && equals_ignore_case(origin.substr(0, head.size()), head) &&
         equals_ignore_case(origin.substr(origin.size() - tail.size()), tail);
}

bool lists(const std::vector<std::string>& values, std::string_view wanted) {
  return std::any_of(values.begin(), values.end(),
                     [&](const std::string& value) { return value == "*" || equals_ignore_case(value, wanted); });
}

/// What Access-Control-Allow-Origin says; empty: the origin isn't allowed.
std::string allowed_origin(const Cors& cors, std::string_view origin) {
  if (origin.empty()) return "";
  for (const std::string& pattern : cors.origins) {
    if (pattern == "*") return cors.credentials ? std::string(origin) : "*";
    if (fits(pattern, origin)) return std::string(origin);
  }
  return "";
}

bool headers_allowed(const Cors& cors, std::string_view wanted) {
  while (!wanted.empty()) {
    const size_t comma = wanted.find(',');
    std::string_view one = wanted.substr(0, comma);
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (!one.empty() && !lists(cors.headers, one)) return false;
    if (comma == std::string_view::npos) break;
    wanted.remove_prefix(comma + 1);
  }
  return true;
}

HttpReply without_cors(const HttpReply& reply) {
  HttpReply out = reply;
  out.headers = {};
  for (const auto& [name, value] : reply.headers) {
    if (!to_lower(name).starts_with("access-control-")) out.headers.add(name, value);
  }
  return out;
}

}  // namespace

bool origin_allowed(const Cors& cors, std::string_view origin) {
  return !allowed_origin(cors, origin).empty();
}

bool is_preflight(const HttpRequest& request) {
  return request.method == "OPTIONS" && request.headers.has("origin") &&
         request.headers.has("access-control-request-method");
}

HttpReply preflight_reply(const Cors& cors, const HttpRequest& request) {
  HttpReply reply;
  reply.status = 204;
  const std::string origin = allowed_origin(cors, request.headers.get("origin"));
  const bool allowed = !origin.empty() && lists(cors.methods, request.headers.get("access-control-request-method")) &&
                       headers_allowed(cors, request.headers.get("access-control-request-headers"));
  if (!allowed) return reply;
  reply.headers.set("access-control-allow-origin", origin);
  if (!cors.methods.empty()) reply.headers.set("access-control-allow-methods", joined(cors.methods));
  if (!cors.headers.empty()) reply.headers.set("access-control-allow-headers", joined(cors.headers));
  if (!cors.exposed.empty()) reply.headers.set("access-control-expose-headers", joined(cors.exposed));
  if (cors.credentials) reply.headers.set("access-control-allow-credentials", "true");
  if (cors.max_age_s) reply.headers.set("access-control-max-age", std::to_string(*cors.max_age_s));
  return reply;
}

void apply_cors(const Cors& cors, const HttpRequest& request, HttpReply& reply) {
  reply = without_cors(reply);
  const std::string origin = allowed_origin(cors, request.headers.get("origin"));
  if (origin.empty()) return;
  reply.headers.set("access-control-allow-origin", origin);
  if (!cors.exposed.empty()) reply.headers.set("access-control-expose-headers", joined(cors.exposed));
  if (cors.credentials) reply.headers.set("access-control-allow-credentials", "true");
}

}  // namespace millrace::apigateway
