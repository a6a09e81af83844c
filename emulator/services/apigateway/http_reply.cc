// What a function's result becomes for an HTTP API's client.

#include "emulator/base/encoding.h"
#include "emulator/services/apigateway/event_fields.h"
#include "emulator/services/apigateway/http_event.h"

namespace millrace::apigateway {

using protocol::HttpReply;

namespace {

std::string scalar_text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : to_text(value);
}

bool is_clean(std::string_view name, std::string_view value) {
  return !name.empty() && name.find_first_of("\r\n: ") == std::string_view::npos &&
         value.find_first_of("\r\n") == std::string_view::npos;
}
/// The session's own: what a function says of them is left out.
bool is_framing(std::string_view name) {
  return equals_ignore_case(name, "content-length") || equals_ignore_case(name, "connection") ||
         equals_ignore_case(name, "transfer-encoding");
}

bool add_headers(const Json& result, HttpReply& reply) {
  if (const Json* headers = find(result, "headers")) {
    if (!headers->is_object()) return false;
    for (const auto& [name, value] : headers->items()) {
      const std::string text = scalar_text(value);
      if (is_clean(name, text) && !is_framing(name)) reply.headers.set(name, text);
    }
  }
  const Json* multi = find(result, "multiValueHeaders");
  if (!multi) return true;
  if (!multi->is_object()) return false;
  for (const auto& [name, values] : multi->items()) {
    if (!values.is_array()) return false;
    for (const Json& value : values) {
      const std::string text = scalar_text(value);
      if (is_clean(name, text) && !is_framing(name)) reply.headers.add(name, text);
    }
  }
  return true;
}

/// Body, headers and status of a result that has a statusCode; nullopt where a part has the wrong type.
std::optional<HttpReply> structured(const Json& result) {
  HttpReply reply;
  auto status = status_of(result, std::nullopt);
  if (!status) return std::nullopt;
  reply.status = *status;
  if (!add_headers(result, reply)) return std::nullopt;
  if (const Json* body = find(result, "body")) {
    if (body->is_structured()) return std::nullopt;
    reply.body = scalar_text(*body);
  }
  if (bool_of(result, "isBase64Encoded")) {
    auto bytes = from_base64(reply.body);
    if (!bytes) return std::nullopt;
    reply.body = std::move(*bytes);
  }
  return reply;
}

}  // namespace

std::optional<HttpReply> reply_2_0(const std::string& result) {
  auto parsed = parse_json(result);
  if (!parsed) return std::nullopt;
  if (!parsed->is_object() || !parsed->contains("statusCode")) {
    HttpReply reply;
    reply.headers.set("content-type", "application/json");
    reply.body = parsed->is_string() ? parsed->get<std::string>() : to_text(*parsed);
    return reply;
  }
  auto reply = structured(*parsed);
  if (!reply) return std::nullopt;
  if (const Json* cookies = find(*parsed, "cookies"); cookies && cookies->is_array()) {
    for (const Json& cookie : *cookies) {
      const std::string text = scalar_text(cookie);
      if (is_clean("set-cookie", text)) reply->headers.add("set-cookie", text);
    }
  }
  // unverified: AWS's type for an answer that names none.
  if (!reply->headers.has("content-type")) reply->headers.set("content-type", "text/plain; charset=utf-8");
  return reply;
}

std::optional<HttpReply> reply_1_0(const std::string& result) {
  auto parsed = parse_json(result);
  if (!parsed || !parsed->is_object()) return std::nullopt;
  auto reply = structured(*parsed);
  if (reply && !reply->headers.has("content-type")) reply->headers.set("content-type", "text/plain; charset=utf-8");
  return reply;
}

}  // namespace millrace::apigateway
