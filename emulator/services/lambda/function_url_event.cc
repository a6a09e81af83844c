#include "emulator/services/lambda/function_url_event.h"

#include <algorithm>

#include "emulator/base/encoding.h"
#include "emulator/protocol/cookies.h"
#include "emulator/protocol/http_events.h"

namespace millrace::lambda {

using protocol::HttpReply;
using protocol::HttpRequest;

namespace {

Json joined_headers(const HttpRequest& request) {
  Json out = Json::object();
  for (const auto& [name, value] : request.headers) {
    std::string lower = to_lower(name);
    if (lower == "connection") continue;  // between the client and AWS's front only
    if (out.contains(lower))
      out[lower] = out[lower].get<std::string>() + "," + value;
    else
      out[lower] = value;
  }
  if (!out.contains("x-forwarded-for")) out["x-forwarded-for"] = protocol::source_ip(request);
  if (!out.contains("x-forwarded-proto")) out["x-forwarded-proto"] = "http";
  // The port that the client named; AWS's URLs have 443.
  std::string_view host = request.headers.get("host");
  size_t colon = host.rfind(':');
  bool has_port = colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos;
  if (!out.contains("x-forwarded-port"))
    out["x-forwarded-port"] = has_port ? std::string(host.substr(colon + 1)) : "80";
  return out;
}

/// `//a///b` is `/a/b` to the function [rec].
std::string collapsed(const std::string& path) {
  std::string out;
  for (char c : percent_decode(path)) {
    if (c != '/' || out.empty() || out.back() != '/') out += c;
  }
  return out;
}

Json request_context(const protocol::Call& call, const FunctionUrl& url, const UrlRequest& request) {
  const HttpRequest& http = call.http;
  Json out = {{"accountId", call.caller.anonymous ? "anonymous" : call.caller.account}, {"apiId", request.id}};
  if (!call.caller.anonymous) out["authorizer"] = protocol::iam_context(call.caller);
  out["domainName"] = std::string(http.headers.get("host"));
  out["domainPrefix"] = request.id;
  out["http"] = {{"method", http.method},
                 {"path", collapsed(request.path)},
                 {"protocol", "HTTP/1.1"},
                 {"sourceIp", protocol::source_ip(http)},
                 {"userAgent", std::string(http.headers.get("user-agent"))}};
  out["requestId"] = call.request_id;
  out["routeKey"] = "$default";
  out["stage"] = "$default";
  out["time"] = protocol::log_time(call.received_ms);
  out["timeEpoch"] = call.received_ms;
  (void)url;
  return out;
}

}  // namespace

std::string url_event(const protocol::Call& call, const FunctionUrl& url, const UrlRequest& request) {
  const HttpRequest& http = call.http;
  Json event = {{"version", "2.0"},
                {"routeKey", "$default"},
                {"rawPath", collapsed(request.path)},
                {"rawQueryString", std::string(http.raw_query())}};
  if (Json cookies = protocol::cookies_of(http); !cookies.empty()) event["cookies"] = std::move(cookies);
  event["headers"] = joined_headers(http);
  Json query = Json::object();
  for (const auto& [name, value] : protocol::parse_query(http.raw_query())) {
    if (query.contains(name))
      query[name] = query[name].get<std::string>() + "," + value;
    else
      query[name] = value;
  }
  if (!query.empty()) event["queryStringParameters"] = std::move(query);
  event["requestContext"] = request_context(call, url, request);
  bool text = protocol::is_text_body(http);
  if (!http.body.empty()) event["body"] = text ? http.body : to_base64(http.body);
  event["isBase64Encoded"] = !http.body.empty() && !text;
  return to_text(event);
}

namespace {

std::string scalar_text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : to_text(value);
}

HttpReply structured_reply(const Json& result) {
  HttpReply reply;
  reply.status = static_cast<int>(int_of(result, "statusCode", 200));
  if (const Json* status = find(result, "statusCode"); status && status->is_string())
    reply.status = std::atoi(status->get<std::string>().c_str());
  if (reply.status < 100 || reply.status > 599) reply.status = 502;
  if (const Json* headers = find(result, "headers"); headers && headers->is_object()) {
    for (const auto& [name, value] : headers->items()) {
      std::string text = scalar_text(value);
      bool clean = name.find_first_of("\r\n: ") == std::string::npos && text.find_first_of("\r\n") == std::string::npos;
      bool ours = equals_ignore_case(name, "content-length") || equals_ignore_case(name, "connection") ||
                  equals_ignore_case(name, "transfer-encoding");
      if (clean && !ours && !name.empty()) reply.headers.set(name, text);
    }
  }
  if (const Json* cookies = find(result, "cookies"); cookies && cookies->is_array()) {
    for (const Json& cookie : *cookies) {
      std::string text = scalar_text(cookie);
      if (text.find_first_of("\r\n") == std::string::npos) reply.headers.add("Set-Cookie", text);
    }
  }
  if (const Json* body = find(result, "body")) reply.body = scalar_text(*body);
  if (bool_of(result, "isBase64Encoded")) reply.body = from_base64(reply.body).value_or(reply.body);
  if (!reply.headers.has("Content-Type")) reply.headers.set("Content-Type", "application/json");
  return reply;
}

}  // namespace

HttpReply url_reply(const std::string& result) {
  auto parsed = parse_json(result);
  if (parsed && parsed->is_object() && find(*parsed, "statusCode")) return structured_reply(*parsed);
  HttpReply reply;
  reply.headers.set("Content-Type", "application/json");
  // Written anew, without blanks [rec].
  reply.body = !parsed ? result : parsed->is_string() ? parsed->get<std::string>() : to_text(*parsed);
  return reply;
}

namespace {

bool lists(const Json& cors, const char* member, std::string_view wanted) {
  const Json* values = find(cors, member);
  if (!values) return false;
  return std::any_of(values->begin(), values->end(), [&](const Json& value) {
    return value == "*" || (value.is_string() && equals_ignore_case(value.get<std::string>(), wanted));
  });
}

std::string joined(const Json& cors, const char* member) {
  std::string out;
  const Json* values = find(cors, member);
  if (!values) return out;
  for (const Json& value : *values) out += (out.empty() ? "" : ",") + value.get<std::string>();
  return out;
}

}  // namespace

bool origin_listed(const Json& config, std::string_view origin) {
  const Json* cors = find(config, "Cors");
  return cors && lists(*cors, "AllowOrigins", origin);
}

bool apply_cors(const Json& config, const HttpRequest& request, HttpReply& reply) {
  const Json* cors = find(config, "Cors");
  std::string_view origin = request.headers.get("origin");
  std::string_view wanted_method = request.headers.get("access-control-request-method");
  bool preflight = cors && request.method == "OPTIONS" && !origin.empty() && !wanted_method.empty();
  if (!cors || origin.empty()) return false;
  if (preflight) {
    reply = HttpReply{};
    reply.status = 200;
  }
  if (!lists(*cors, "AllowOrigins", origin)) return preflight;
  bool credentials = bool_of(*cors, "AllowCredentials");
  bool any_origin = joined(*cors, "AllowOrigins") == "*";
  reply.headers.set("Access-Control-Allow-Origin", any_origin && !credentials ? "*" : std::string(origin));
  if (!any_origin || credentials) reply.headers.set("Vary", "Origin");
  if (credentials) reply.headers.set("Access-Control-Allow-Credentials", "true");
  if (std::string exposed = joined(*cors, "ExposeHeaders"); !exposed.empty())
    reply.headers.set("Access-Control-Expose-Headers", exposed);
  if (!preflight) return false;
  if (std::string methods = joined(*cors, "AllowMethods"); !methods.empty())
    reply.headers.set("Access-Control-Allow-Methods", methods);
  if (std::string headers = joined(*cors, "AllowHeaders"); !headers.empty())
    reply.headers.set("Access-Control-Allow-Headers", headers);
  if (auto age = optional_int(*cors, "MaxAge")) reply.headers.set("Access-Control-Max-Age", std::to_string(*age));
  return true;
}

}  // namespace millrace::lambda
