#include "emulator/services/apigateway/rest/proxy.h"

#include <set>

#include "emulator/base/encoding.h"
#include "emulator/services/apigateway/event_fields.h"

namespace millrace::apigateway::rest {

using protocol::HttpReply;

namespace {

Json or_null(Json object) {
  return object.empty() ? Json() : object;
}

Json texts_of(const std::map<std::string, std::string>& values) {
  Json out = Json::object();
  for (const auto& [name, value] : values) out[name] = value;
  return out;
}

/// As the client sent it, with what is doubled behind the stage as one slash.
std::string event_path(const Exchange& exchange) {
  std::string path = exchange.path;
  while (path.starts_with("//")) path.erase(0, 1);
  return exchange.base.value_or("") + path;
}

Json head(const Exchange& exchange) {
  const Json headers = grouped(headers_of(exchange)), query = grouped(exchange.call->query);
  Json event = {
      {"resource", exchange.resource_path()}, {"path", event_path(exchange)}, {"httpMethod", exchange.verb()}};
  event["headers"] = or_null(last_of(headers));
  event["multiValueHeaders"] = or_null(headers);
  event["queryStringParameters"] = or_null(last_of(query));
  event["multiValueQueryStringParameters"] = or_null(query);
  event["pathParameters"] = or_null(texts_of(exchange.match.values));
  event["stageVariables"] = or_null(texts_of(exchange.live.variables));
  event["requestContext"] = context_of(exchange);
  return event;
}

bool is_clean(std::string_view name, std::string_view value) {
  return !name.empty() && name.find_first_of("\r\n: ") == std::string_view::npos &&
         value.find_first_of("\r\n") == std::string_view::npos;
}
bool is_framing(std::string_view name) {
  return equals_ignore_case(name, "content-length") || equals_ignore_case(name, "transfer-encoding");
}

/// A header's value: a text, number or truth value.
std::optional<std::string> scalar(const Json& value) {
  if (value.is_structured() || value.is_null()) return std::nullopt;
  return value.is_string() ? value.get<std::string>() : to_text(value);
}

/// The session writes its own; what a function says of the connection comes under another name.
std::string header_name(const std::string& name) {
  static const std::set<std::string> kRemapped = {"connection", "date", "server"};
  return kRemapped.contains(to_lower(name)) ? "x-amzn-Remapped-" + name : name;
}

bool add_headers(const Json& result, HttpReply& reply) {
  std::set<std::string> multi_names;
  if (const Json* multi = find(result, "multiValueHeaders")) {
    if (!multi->is_object()) return false;
    for (const auto& [name, values] : multi->items()) {
      if (!values.is_array()) return false;
      multi_names.insert(to_lower(name));
      for (const Json& value : values) {
        auto text = scalar(value);
        if (text && is_clean(name, *text) && !is_framing(name)) reply.headers.add(header_name(name), *text);
      }
    }
  }
  const Json* headers = find(result, "headers");
  if (!headers) return true;
  if (!headers->is_object()) return false;
  for (const auto& [name, value] : headers->items()) {
    auto text = scalar(value);
    if (!text || !is_clean(name, *text) || is_framing(name)) continue;
    if (multi_names.contains(to_lower(name))) {
      // The single value comes last, under the name of the many, unless it is one of them.
      bool known = false;
      for (const auto& [other, given] : reply.headers) known |= equals_ignore_case(other, name) && given == *text;
      if (!known) reply.headers.add(header_name(name), *text);
    } else {
      reply.headers.set(header_name(name), *text);
    }
  }
  return true;
}

}  // namespace

std::string proxy_event(const Exchange& exchange) {
  Json event = head(exchange);
  const protocol::HttpRequest& http = exchange.call->http;
  const bool bytes = exchange.live.is_binary(http.headers.get("content-type")) || !is_valid_utf8(http.body);
  if (http.body.empty()) {
    event["body"] = nullptr;
  } else {
    event["body"] = bytes ? to_base64(http.body) : http.body;
  }
  event["isBase64Encoded"] = bytes && !http.body.empty();
  return to_text(event);
}

Json authorizer_event(const Exchange& exchange) {
  Json event = head(exchange);
  for (auto& [name, value] : event.items()) {
    if (value.is_null()) value = Json::object();
  }
  return event;
}

std::optional<HttpReply> proxy_reply(const Exchange& exchange, const std::string& result) {
  static const std::set<std::string> kMembers = {"isBase64Encoded", "statusCode", "headers", "multiValueHeaders",
                                                 "body"};
  auto parsed = parse_json(result);
  if (!parsed || !parsed->is_object() || parsed->empty()) return std::nullopt;
  for (const auto& [name, value] : parsed->items()) {
    if (!kMembers.contains(name)) return std::nullopt;
  }
  HttpReply reply;
  auto status = status_of(*parsed, 200);
  if (!status || !add_headers(*parsed, reply)) return std::nullopt;
  reply.status = *status;
  if (const Json* body = find(*parsed, "body")) {
    if (!body->is_string()) return std::nullopt;
    reply.body = body->get<std::string>();
  }
  const Json* flag = find(*parsed, "isBase64Encoded");
  const bool encoded = flag && (flag->is_boolean() ? flag->get<bool>() : *flag == "true");
  const std::string_view accept = exchange.call->http.headers.get("accept");
  if (encoded && exchange.live.is_binary(accept.substr(0, accept.find(',')))) {
    if (auto bytes = from_base64(reply.body)) reply.body = std::move(*bytes);
  }
  if (!reply.headers.has("content-type")) reply.headers.set("Content-Type", "application/json");
  return reply;
}

}  // namespace millrace::apigateway::rest
