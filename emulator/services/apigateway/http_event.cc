#include "emulator/services/apigateway/http_event.h"

#include <fmt/format.h>

#include <algorithm>

#include "emulator/base/encoding.h"
#include "emulator/protocol/cookies.h"
#include "emulator/protocol/http_events.h"
#include "emulator/services/apigateway/api_request.h"
#include "emulator/services/apigateway/event_fields.h"

namespace millrace::apigateway {

using protocol::HttpRequest;

namespace {

Json joined_by_comma(const Json& lists) {
  Json out = Json::object();
  for (const auto& [name, values] : lists.items()) {
    std::string text = values.front().get<std::string>();
    for (size_t i = 1; i < values.size(); ++i) text += "," + values[i].get<std::string>();
    out[name] = std::move(text);
  }
  return out;
}

/// The headers with what the gateway adds, each name as the client wrote it or in lower case.
protocol::QueryParameters headers_of(const Routed& request, bool lower) {
  protocol::QueryParameters out;
  bool forwarded_for = false;
  for (const auto& [name, value] : request.call.http.headers) {
    const std::string lower_name = to_lower(name);
    if (lower_name == "connection") continue;
    forwarded_for |= lower_name == "x-forwarded-for";
    out.emplace_back(lower ? lower_name : name, value);
  }
  if (!forwarded_for) out.emplace_back(lower ? "x-forwarded-for" : "X-Forwarded-For", request.source_ip());
  const auto add = [&](const char* name, const char* lower_name, std::string value) {
    if (!request.call.http.headers.has(name)) out.emplace_back(lower ? lower_name : name, std::move(value));
  };
  add("X-Forwarded-Port", "x-forwarded-port", "443");
  add("X-Forwarded-Proto", "x-forwarded-proto", "https");
  add("X-Amzn-Trace-Id", "x-amzn-trace-id", trace_root(request.call));
  return out;
}

Json values_of(const std::map<std::string, std::string>& values) {
  Json out = Json::object();
  for (const auto& [name, value] : values) out[name] = value;
  return out;
}
Json or_null(Json object) {
  return object.empty() ? Json() : object;
}

Json context_2_0(const Routed& request) {
  const protocol::Call& call = request.call;
  Json out = {{"accountId", request.api.account}, {"apiId", request.api.id}};
  if (!request.authorizer.is_null()) out["authorizer"] = request.authorizer;
  const std::string domain = request.domain_name();
  out["domainName"] = domain;
  out["domainPrefix"] = domain.substr(0, domain.find('.'));
  out["http"] = {{"method", call.http.method},
                 {"path", percent_decode(request.shown_path())},
                 {"protocol", "HTTP/1.1"},
                 {"sourceIp", request.source_ip()},
                 {"userAgent", std::string(call.http.headers.get("user-agent"))}};
  out["requestId"] = call.request_id;
  out["routeKey"] = request.route.key_text;
  out["stage"] = request.stage.name;
  out["time"] = protocol::log_time(call.received_ms);
  out["timeEpoch"] = call.received_ms;
  return out;
}

void add_body(const HttpRequest& http, Json& event, bool null_when_empty) {
  const bool text = protocol::is_text_body(http);
  if (!http.body.empty()) {
    event["body"] = text ? http.body : to_base64(http.body);
  } else if (null_when_empty) {
    event["body"] = nullptr;
  }
  event["isBase64Encoded"] = !http.body.empty() && !text;
}

Json head_2_0(const Routed& request) {
  const HttpRequest& http = request.call.http;
  Json event = {{"version", "2.0"}};
  event["routeKey"] = request.route.key_text;
  event["rawPath"] = percent_decode(request.shown_path());
  event["rawQueryString"] = std::string(http.raw_query());
  if (Json cookies = protocol::cookies_of(http); !cookies.empty()) event["cookies"] = std::move(cookies);
  Json headers = joined_by_comma(grouped(headers_of(request, true)));
  headers.erase("cookie");
  event["headers"] = std::move(headers);
  if (Json query = joined_by_comma(grouped(protocol::parse_query(http.raw_query()))); !query.empty())
    event["queryStringParameters"] = std::move(query);
  return event;
}

Json identity_1_0(const Routed& request) {
  const protocol::Call& call = request.call;
  Json out = Json::object();
  for (const char* name :
       {"accessKey", "accountId", "caller", "cognitoAmr", "cognitoAuthenticationProvider", "cognitoAuthenticationType",
        "cognitoIdentityId", "cognitoIdentityPoolId", "principalOrgId", "sourceIp", "user", "userAgent", "userArn"})
    out[name] = nullptr;
  out["sourceIp"] = request.source_ip();
  out["userAgent"] = std::string(call.http.headers.get("user-agent"));
  if (request.route.authorization != "AWS_IAM") return out;
  out["accessKey"] = call.caller.access_key_id;
  out["accountId"] = call.caller.account;
  out["caller"] = call.caller.user_id;
  out["user"] = call.caller.user_id;
  out["userArn"] = call.caller.principal_arn;
  return out;
}

/// `resource`: the route's path; of a $default route the request's.
std::string resource_of(const Routed& request) {
  const std::string& key = request.route.key_text;
  const size_t space = key.find(' ');
  return space == std::string::npos ? percent_decode(request.shown_path()) : key.substr(space + 1);
}

/// requestContext.authorizer of format 1.0, which has no form for IAM; an open route's says that there are no claims.
Json authorizer_1_0(const Json& authorizer) {
  if (authorizer.is_object() && !find(authorizer, "iam")) return authorizer;
  return {{"claims", nullptr}, {"scopes", nullptr}};
}

Json context_1_0(const Routed& request) {
  const protocol::Call& call = request.call;
  const std::string domain = request.domain_name();
  Json out = {{"accountId", request.api.account}, {"apiId", request.api.id}};
  out["authorizer"] = authorizer_1_0(request.authorizer);
  out["domainName"] = domain;
  out["domainPrefix"] = domain.substr(0, domain.find('.'));
  out["extendedRequestId"] = call.request_id;
  out["httpMethod"] = call.http.method;
  out["identity"] = identity_1_0(request);
  out["path"] = percent_decode(request.shown_path());
  out["protocol"] = "HTTP/1.1";
  out["requestId"] = call.request_id;
  out["requestTime"] = protocol::log_time(call.received_ms);
  out["requestTimeEpoch"] = call.received_ms;
  out["resourceId"] = request.route.key_text;
  out["resourcePath"] = resource_of(request);
  out["stage"] = request.stage.name;
  return out;
}

Json head_1_0(const Routed& request) {
  const Json headers = grouped(headers_of(request, false));
  const Json query = grouped(protocol::parse_query(request.call.http.raw_query()));
  Json event = {{"version", "1.0"}};
  event["resource"] = resource_of(request);
  event["path"] = percent_decode(request.shown_path());
  event["httpMethod"] = request.call.http.method;
  event["headers"] = last_of(headers);
  event["multiValueHeaders"] = headers;
  event["queryStringParameters"] = or_null(last_of(query));
  event["multiValueQueryStringParameters"] = or_null(query);
  return event;
}

std::string comma_list(const std::vector<std::string>& values) {
  std::string out;
  for (const std::string& value : values) out += (out.empty() ? "" : ",") + value;
  return out;
}

}  // namespace

std::string trace_root(const protocol::Call& call) {
  return fmt::format("Root=1-{:08x}-{}", call.received_ms / 1000, to_hex(sha1(call.request_id)).substr(0, 24));
}

std::string Routed::shown_path() const {
  return stage.name == "$default" ? raw_path : "/" + stage.name + raw_path;
}

std::string Routed::source_ip() const {
  return protocol::source_ip(call.http);
}

std::string Routed::domain_name() const {
  return api_domain_name(call.http, api.id, api.region);
}

std::string event_2_0(const Routed& request) {
  Json event = head_2_0(request);
  event["requestContext"] = context_2_0(request);
  if (!request.values.empty()) event["pathParameters"] = values_of(request.values);
  if (!request.stage.variables.empty()) event["stageVariables"] = values_of(request.stage.variables);
  add_body(request.call.http, event, false);
  return to_text(event);
}

std::string event_1_0(const Routed& request) {
  Json event = head_1_0(request);
  event["requestContext"] = context_1_0(request);
  event["pathParameters"] = or_null(values_of(request.values));
  event["stageVariables"] = or_null(values_of(request.stage.variables));
  add_body(request.call.http, event, true);
  return to_text(event);
}

std::string authorizer_event_2_0(const Routed& request, const std::string& arn,
                                 const std::vector<std::string>& identities) {
  Json event = {{"version", "2.0"}, {"type", "REQUEST"}, {"routeArn", arn}, {"identitySource", identities}};
  const Json head = head_2_0(request);
  for (const auto& [name, value] : head.items()) {
    if (name != "version") event[name] = value;
  }
  event["requestContext"] = context_2_0(request);
  if (!request.values.empty()) event["pathParameters"] = values_of(request.values);
  if (!request.stage.variables.empty()) event["stageVariables"] = values_of(request.stage.variables);
  return to_text(event);
}

std::string authorizer_event_1_0(const Routed& request, const std::string& arn,
                                 const std::vector<std::string>& identities) {
  Json head = head_1_0(request);
  const std::string source = comma_list(identities);
  Json event = {{"version", "1.0"}, {"type", "REQUEST"}, {"methodArn", arn}};
  event["identitySource"] = source;
  event["authorizationToken"] = source;
  for (const char* name : {"resource", "path", "httpMethod", "headers", "queryStringParameters"})
    event[name] = head[name].is_null() ? Json::object() : head[name];
  event["pathParameters"] = values_of(request.values);
  event["stageVariables"] = values_of(request.stage.variables);
  event["requestContext"] = context_1_0(request);
  return to_text(event);
}

}  // namespace millrace::apigateway
