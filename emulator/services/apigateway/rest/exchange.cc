#include "emulator/services/apigateway/rest/exchange.h"

#include <fmt/format.h>

#include "emulator/base/encoding.h"
#include "emulator/protocol/http_events.h"
#include "emulator/services/apigateway/api_request.h"
#include "emulator/services/apigateway/json_path.h"

namespace millrace::apigateway::rest {

namespace {

std::optional<Json> text_or_none(std::optional<std::string> text) {
  return text ? std::optional<Json>(*text) : std::nullopt;
}

std::optional<Json> values_under(const protocol::QueryParameters& fields, const std::string& name, bool ignore_case) {
  Json out = Json::array();
  for (const auto& [field, value] : fields) {
    if (ignore_case ? equals_ignore_case(field, name) : field == name) out.push_back(value);
  }
  return out.empty() ? std::nullopt : std::optional(std::move(out));
}

std::optional<Json> last_under(const protocol::QueryParameters& fields, const std::string& name, bool ignore_case) {
  auto all = values_under(fields, name, ignore_case);
  return all ? std::optional<Json>(all->back()) : std::nullopt;
}

std::optional<Json> from_request(const Exchange& exchange, const std::string& place) {
  const size_t dot = place.find('.');
  const std::string where = place.substr(0, dot), name = dot == std::string::npos ? "" : place.substr(dot + 1);
  if (where == "path") {
    auto found = exchange.match.values.find(name);
    return found == exchange.match.values.end() ? std::nullopt : text_or_none(found->second);
  }
  if (where == "querystring") return last_under(exchange.call->query, name, false);
  if (where == "multivaluequerystring") return values_under(exchange.call->query, name, false);
  if (where == "header") return last_under(headers_of(exchange), name, true);
  if (where == "multivalueheader") return values_under(headers_of(exchange), name, true);
  if (where != "body") return std::nullopt;
  if (name.empty()) return text_or_none(exchange.call->http.body);
  auto parsed = parse_json(exchange.call->http.body);
  return parsed ? json_path(*parsed, name.starts_with('$') ? name : "$." + name) : std::nullopt;
}

}  // namespace

const Json& Exchange::integration() const {
  static const Json none = Json::object();
  const Json* found = method ? find(*method, "methodIntegration") : nullptr;
  return found ? *found : none;
}

std::string Exchange::source_ip() const {
  return protocol::source_ip(call->http);
}

std::string Exchange::trace_root() const {
  return fmt::format("Root=1-{:08x}-{}", call->received_ms / 1000, to_hex(sha1(request_id)).substr(0, 24));
}

std::string Exchange::domain_name() const {
  return api_domain_name(call->http, live.id, live.scope.region);
}

std::string Exchange::method_arn() const {
  std::string asked = percent_decode(path);
  while (asked.starts_with("//")) asked.erase(0, 1);
  return "arn:aws:execute-api:" + live.scope.region + ":" + live.scope.account + ":" + live.id + "/" + live.stage +
         "/" + verb() + asked;
}

std::string Exchange::source_arn() const {
  return "arn:aws:execute-api:" + live.scope.region + ":" + live.scope.account + ":" + live.id + "/" + live.stage +
         "/" + verb() + resource_path();
}

Json identity_of(const Exchange& exchange) {
  Json out = Json::object();
  for (const char* name :
       {"accessKey", "accountId", "caller", "cognitoAuthenticationProvider", "cognitoAuthenticationType",
        "cognitoIdentityId", "cognitoIdentityPoolId", "principalOrgId", "sourceIp", "user", "userAgent", "userArn"})
    out[name] = nullptr;
  if (!exchange.api_key.empty()) {
    out["apiKey"] = exchange.api_key;
    out["apiKeyId"] = exchange.api_key_id;
  }
  out["sourceIp"] = exchange.source_ip();
  if (exchange.call->http.headers.has("user-agent"))
    out["userAgent"] = std::string(exchange.call->http.headers.get("user-agent"));
  if (!exchange.method || text_of(*exchange.method, "authorizationType") != "AWS_IAM") return out;
  const protocol::Caller& caller = exchange.call->caller;
  out["accessKey"] = caller.access_key_id;
  out["accountId"] = caller.account;
  out["caller"] = caller.user_id;
  out["user"] = caller.user_id;
  out["userArn"] = caller.principal_arn;
  return out;
}

Json context_of(const Exchange& exchange) {
  const protocol::Call& call = *exchange.call;
  const std::string domain = exchange.domain_name();
  Json out = {{"accountId", exchange.live.scope.account}, {"apiId", exchange.live.id}};
  if (!exchange.authorizer.is_null()) out["authorizer"] = exchange.authorizer;
  if (exchange.live.deployment) out["deploymentId"] = exchange.live.deployment->id;
  out["domainName"] = domain;
  out["domainPrefix"] = domain.substr(0, domain.find('.'));
  out["extendedRequestId"] = call.request_id;
  out["httpMethod"] = call.http.method;
  out["identity"] = identity_of(exchange);
  if (exchange.method) {
    if (const std::string name = text_of(*exchange.method, "operationName"); !name.empty()) out["operationName"] = name;
  }
  out["path"] = exchange.full_path();
  out["protocol"] = "HTTP/1.1";
  out["requestId"] = exchange.request_id;
  out["requestTime"] = protocol::log_time(call.received_ms);
  out["requestTimeEpoch"] = call.received_ms;
  if (exchange.match.resource) {
    out["resourceId"] = exchange.match.resource->id;
    out["resourcePath"] = exchange.match.resource->path;
  }
  out["stage"] = exchange.live.stage;
  if (exchange.context_over.is_object()) {
    for (const auto& [name, value] : exchange.context_over.items()) out[name] = value;
  }
  return out;
}

protocol::QueryParameters headers_of(const Exchange& exchange) {
  protocol::QueryParameters out;
  bool forwarded = false;
  for (const auto& [name, value] : exchange.call->http.headers) {
    if (equals_ignore_case(name, "connection") || equals_ignore_case(name, "content-length")) continue;
    forwarded |= equals_ignore_case(name, "x-forwarded-for");
    // These come in AWS's letters, whatever the client wrote.
    out.emplace_back(equals_ignore_case(name, "authorization") ? "Authorization"
                     : equals_ignore_case(name, "user-agent")  ? "User-Agent"
                     : equals_ignore_case(name, "host")        ? "Host"
                                                               : name,
                     value);
  }
  const auto add = [&](const char* name, std::string value) {
    if (!exchange.call->http.headers.has(name)) out.emplace_back(name, std::move(value));
  };
  if (!forwarded) out.emplace_back("X-Forwarded-For", exchange.source_ip());
  add("X-Forwarded-Port", "443");
  add("X-Forwarded-Proto", "https");
  add("X-Amzn-Trace-Id", exchange.trace_root());
  return out;
}

const Json* dotted(const Json& document, std::string_view name) {
  const Json* at = &document;
  while (!name.empty()) {
    const size_t dot = name.find('.');
    // A member's own name may hold dots (a claim's): the whole rest first.
    if (const Json* whole = find(*at, name)) return whole;
    at = find(*at, name.substr(0, dot));
    if (!at || dot == std::string_view::npos) return at;
    name.remove_prefix(dot + 1);
  }
  return at;
}

std::string text_of_value(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.is_null() ? "" : to_text(value);
}

std::optional<Json> mapped_value(const Exchange& exchange, const std::string& expression) {
  if (expression.size() >= 2 && expression.front() == '\'' && expression.back() == '\'')
    return Json(expression.substr(1, expression.size() - 2));
  if (expression.starts_with("method.request.")) return from_request(exchange, expression.substr(15));
  if (expression.starts_with("context.")) {
    const Json context = context_of(exchange);
    const Json* found = dotted(context, std::string_view(expression).substr(8));
    return found ? std::optional(*found) : std::nullopt;
  }
  if (expression.starts_with("stageVariables.")) {
    auto found = exchange.live.variables.find(expression.substr(15));
    return found == exchange.live.variables.end() ? std::nullopt : text_or_none(found->second);
  }
  return std::nullopt;
}

std::string filled_uri(const Exchange& exchange, const std::string& uri,
                       const std::map<std::string, std::string>& parameters) {
  std::string out;
  for (size_t at = 0; at < uri.size();) {
    static constexpr std::string_view kVariable = "${stageVariables.";
    const bool variable = uri.compare(at, kVariable.size(), kVariable) == 0;
    const size_t end = variable || uri[at] == '{' ? uri.find('}', at) : std::string::npos;
    if (end == std::string::npos) {
      out += uri[at++];
      continue;
    }
    const size_t from = at + (variable ? kVariable.size() : 1);
    std::string name = uri.substr(from, end - from);
    if (name.ends_with('+')) name.pop_back();
    const auto& values = variable ? exchange.live.variables : parameters;
    auto found = values.find(name);
    if (found != values.end()) {
      out += found->second;
    } else if (!variable) {
      out += uri.substr(at, end - at + 1);
    }
    at = end + 1;
  }
  return out;
}

}  // namespace millrace::apigateway::rest
