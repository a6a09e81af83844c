#include "emulator/services/apigateway/rest/mapping.h"

#include <re2/re2.h>

#include <set>

#include "emulator/base/encoding.h"
#include "emulator/services/apigateway/json_path.h"
#include "emulator/services/apigateway/rest/gateway_reply.h"
#include "emulator/services/apigateway/vtl/budget.h"
#include "emulator/services/apigateway/vtl/template.h"

namespace millrace::apigateway::rest {

namespace {

using vtl::Value;

std::string argument(const std::vector<Value>& arguments, size_t i = 0) {
  return i < arguments.size() ? vtl::printed(arguments[i]) : "";
}

/// $input
class Input final : public vtl::Object {
 public:
  Input(const Exchange& exchange, const std::string& body) : exchange_(exchange), body_(body) {}

  bool call(const std::string& method, const std::vector<Value>& arguments, Value& result) override {
    if (method == "json") {
      auto found = found_at(argument(arguments));
      result = vtl::of(found ? to_text(*found) : "\"\"");
      vtl::spend(result.text()->size());
      return true;
    }
    if (method == "path") {
      auto found = found_at(argument(arguments));
      result = found ? vtl::from_json(*found) : Value{};
      return true;
    }
    if (method == "params") {
      result = arguments.empty() ? params() : param(argument(arguments));
      return true;
    }
    return false;
  }
  bool get(const std::string& property, Value& result) override {
    if (property != "body") return false;
    result = vtl::of(body_.empty() ? "{}" : body_);
    return true;
  }

 private:
  std::optional<Json> found_at(const std::string& path) {
    const vtl::Budget* budget = vtl::Budget::current();
    const size_t nodes = budget ? budget->left() / vtl::Budget::kValueSeen : kPathNodesMax;
    size_t left = nodes;
    auto found = json_path(document(), path, left);
    vtl::spend((nodes - left) * vtl::Budget::kValueSeen);
    return found;
  }
  const Json& document() {
    if (!parsed_) parsed_ = parse_json(body_).value_or(Json::object());
    return *parsed_;
  }
  Value params() const {
    Json query = Json::object(), headers = Json::object(), path = Json::object();
    for (const auto& [name, value] : exchange_.match.values) path[name] = value;
    for (const auto& [name, value] : exchange_.call->query) query[name] = value;
    for (const auto& [name, value] : headers_of(exchange_)) headers[name] = value;
    return vtl::from_json({{"path", path}, {"querystring", query}, {"header", headers}});
  }
  Value param(const std::string& name) const {
    for (const char* place : {"path", "querystring", "header"}) {
      auto found = mapped_value(exchange_, "method.request." + std::string(place) + "." + name);
      if (found) return vtl::from_json(*found);
    }
    return vtl::of(std::string());
  }

  const Exchange& exchange_;
  const std::string body_;
  std::optional<Json> parsed_;
};

std::string escaped_for_javascript(const std::string& text) {
  std::string quoted = to_text(Json(text)), out;
  quoted = quoted.substr(1, quoted.size() - 2);
  for (char c : quoted) {
    if (c == '\'') out += '\\';
    out += c;
  }
  return out;
}

/// java.net.URLEncoder: blanks are '+'.
std::string url_encoded(const std::string& text) {
  std::string out = percent_encode(text, "*");
  std::string plus;
  for (size_t i = 0; i < out.size(); ++i) {
    if (out.compare(i, 3, "%20") == 0) {
      plus += '+';
      i += 2;
    } else if (out[i] == '~') {
      plus += "%7E";
    } else {
      plus += out[i];
    }
  }
  return plus;
}

/// $util
class Util final : public vtl::Object {
 public:
  bool call(const std::string& method, const std::vector<Value>& arguments, Value& result) override {
    const std::string text = argument(arguments);
    if (method == "escapeJavaScript") {
      result = vtl::of(escaped_for_javascript(text));
    } else if (method == "parseJson") {
      auto parsed = parse_json(text);
      result = parsed ? vtl::from_json(*parsed) : Value{};
    } else if (method == "urlEncode") {
      result = vtl::of(url_encoded(text));
    } else if (method == "urlDecode") {
      result = vtl::of(percent_decode(text, true));
    } else if (method == "base64Encode") {
      result = vtl::of(to_base64(text));
    } else if (method == "base64Decode") {
      result = vtl::of(from_base64(text).value_or(""));
    } else {
      return false;
    }
    return true;
  }
  bool get(const std::string&, Value&) override { return false; }
};

Json template_context(const Exchange& exchange) {
  Json out = context_of(exchange);
  // In templates an authorizer's values are texts.
  if (millrace::find(out, "authorizer") && out["authorizer"].is_object()) {
    for (auto& [name, value] : out["authorizer"].items()) {
      if (!value.is_structured()) value = text_of_value(value);
    }
  }
  Json request = {{"header", Json::object()}, {"querystring", Json::object()}, {"path", Json::object()}};
  Json response = {{"header", Json::object()}};
  for (const auto& [name, into] : {std::pair{"requestOverride", &request}, std::pair{"responseOverride", &response}}) {
    if (const Json* former = millrace::find(exchange.overrides, name)) {
      for (const auto& [member, value] : former->items()) (*into)[member] = value;
    }
    out[name] = *into;
  }
  return out;
}

AwsError configuration_error(Exchange& exchange, std::string why) {
  exchange.failure = "Execution failed due to configuration error: " + std::move(why);
  return internal_server_error();
}

Result<std::string> request_body(Exchange& exchange) {
  const Json& integration = exchange.integration();
  const std::string& body = exchange.call->http.body;
  const std::string_view type = exchange.call->http.headers.get("content-type");
  const Json templates = integration.value("requestTemplates", Json::object());
  const Json* chosen = template_for(templates, type.empty() ? "application/json" : type);
  if (!chosen) {
    const std::string passthrough = text_of(integration, "passthroughBehavior", "WHEN_NO_MATCH");
    if (passthrough == "NEVER" || (passthrough == "WHEN_NO_TEMPLATES" && !templates.empty()))
      return gateway_error("UNSUPPORTED_MEDIA_TYPE", "Unsupported Media Type");
    const std::string handling = text_of(integration, "contentHandling");
    if (handling == "CONVERT_TO_TEXT" && exchange.live.is_binary(type)) return to_base64(body);
    if (handling == "CONVERT_TO_BINARY" && !exchange.live.is_binary(type)) return from_base64(body).value_or(body);
    return body;
  }
  Rendered rendered = render_template(exchange, chosen->is_string() ? chosen->get<std::string>() : "", body);
  if (rendered.failed) return internal_server_error();
  return std::move(rendered.text);
}

void apply_overrides(const Exchange& exchange, Outgoing& out) {
  const Json* overrides = millrace::find(exchange.overrides, "requestOverride");
  if (!overrides) return;
  const auto each = [&](const char* member, auto&& put) {
    const Json* values = millrace::find(*overrides, member);
    if (!values || !values->is_object()) return;
    for (const auto& [name, value] : values->items()) put(name, text_of_value(value));
  };
  each("header", [&](const std::string& name, const std::string& value) { out.headers.set(name, value); });
  each("path", [&](const std::string& name, const std::string& value) { out.path[name] = value; });
  each("querystring", [&](const std::string& name, const std::string& value) {
    std::erase_if(out.query, [&](const auto& field) { return field.first == name; });
    out.query.emplace_back(name, value);
  });
}

/// The integration response that answers: the first whose pattern matches the whole text, else the one without.
const Json* select_response(const Json& integration, const std::string& text) {
  const Json* responses = millrace::find(integration, "integrationResponses");
  const Json* fallback = nullptr;
  if (!responses) return nullptr;
  for (const Json& one : *responses) {
    const std::string pattern = text_of(one, "selectionPattern");
    if (pattern.empty()) {
      if (!fallback) fallback = &one;
      continue;
    }
    const re2::RE2 compiled("(?s:" + pattern + ")", re2::RE2::Quiet);
    if (compiled.ok() && re2::RE2::FullMatch(text, compiled)) return &one;
  }
  return fallback;
}

std::optional<Json> response_value(const Exchange& exchange, const Incoming& incoming, const std::string& expression) {
  if (!expression.starts_with("integration.response.")) return mapped_value(exchange, expression);
  const std::string place = expression.substr(21);
  if (place.starts_with("header.") || place.starts_with("multivalueheader.")) {
    const std::string name = place.substr(place.find('.') + 1);
    if (!incoming.headers.has(name)) return std::nullopt;
    return Json(std::string(incoming.headers.get(name)));
  }
  if (place == "body") return Json(incoming.body);
  if (!place.starts_with("body.")) return std::nullopt;
  auto parsed = parse_json(incoming.body);
  const std::string path = place.substr(5);
  return parsed ? json_path(*parsed, path.starts_with('$') ? path : "$." + path) : std::nullopt;
}

std::string response_body(Exchange& exchange, const Json& response, const Incoming& incoming, bool& failed) {
  const Json templates = response.value("responseTemplates", Json::object());
  std::string_view accept = exchange.call->http.headers.get("accept");
  accept = accept.substr(0, accept.find(','));
  const Json* chosen = nullptr;
  if (!templates.empty()) {
    if (!accept.empty()) chosen = template_for(templates, accept);
    if (!chosen && templates.contains("application/json")) chosen = &templates["application/json"];
    if (!chosen) chosen = &*templates.begin();
  }
  // An empty template is no template.
  const std::string source = chosen && chosen->is_string() ? chosen->get<std::string>() : "";
  if (source.empty()) return incoming.body;
  Rendered rendered = render_template(exchange, source, incoming.body);
  failed |= rendered.failed;
  return std::move(rendered.text);
}

void convert(const Exchange& exchange, const Json& response, protocol::HttpReply& reply) {
  std::string_view accept = exchange.call->http.headers.get("accept");
  accept = accept.substr(0, accept.find(','));
  const std::string handling = text_of(response, "contentHandling");
  if (handling == "CONVERT_TO_BINARY" ||
      (handling.empty() && exchange.live.is_binary(accept) && !reply.body.empty() && is_valid_utf8(reply.body))) {
    if (auto bytes = from_base64(reply.body)) reply.body = std::move(*bytes);
  } else if (handling == "CONVERT_TO_TEXT" && !is_valid_utf8(reply.body)) {
    reply.body = to_base64(reply.body);
  }
}

}  // namespace

const Json* template_for(const Json& templates, std::string_view media_type) {
  std::string type = to_lower(media_type.substr(0, media_type.find(';')));
  while (type.ends_with(' ')) type.pop_back();
  for (const auto& [name, text] : templates.items()) {
    if (equals_ignore_case(name, type)) return &text;
  }
  auto fallback = templates.find("$default");
  return fallback == templates.end() ? nullptr : &*fallback;
}

Rendered render_template(Exchange& exchange, const std::string& source, const std::string& body) {
  vtl::Budget budget;
  vtl::Names names;
  names["input"] = {std::shared_ptr<vtl::Object>(std::make_shared<Input>(exchange, body))};
  names["util"] = {std::shared_ptr<vtl::Object>(std::make_shared<Util>())};
  names["context"] = vtl::from_json(template_context(exchange));
  Json variables = Json::object();
  for (const auto& [name, value] : exchange.live.variables) variables[name] = value;
  names["stageVariables"] = vtl::from_json(variables);
  auto result = vtl::render(source, names);
  if (auto* failure = std::get_if<vtl::Failure>(&result)) {
    exchange.failure = "Execution failed due to configuration error: Unable to transform request: " + failure->reason;
    return {"", true};
  }
  const Json context = vtl::to_json(names["context"]);
  if (budget.exhausted()) {
    exchange.failure =
        "Execution failed due to configuration error: Unable to transform request: it has too many values";
    return {"", true};
  }
  for (const char* name : {"requestOverride", "responseOverride"}) {
    if (const Json* left = millrace::find(context, name)) exchange.overrides[name] = *left;
  }
  return {std::move(std::get<std::string>(result)), false};
}

bool is_forbidden_header(std::string_view name, bool aws) {
  static const std::set<std::string> kAlways = {"content-length", "transfer-encoding", "x-amzn-trace-id",
                                                "x-amzn-apigateway-api-id"};
  static const std::set<std::string> kAws = {"authorization", "connection", "expect", "proxy-authenticate", "te"};
  const std::string lower = to_lower(name);
  return kAlways.contains(lower) || (aws && kAws.contains(lower));
}

Result<Outgoing> map_request(Exchange& exchange) {
  const Json& integration = exchange.integration();
  const bool aws = text_of(integration, "type").starts_with("AWS");
  Outgoing out;
  TRY(out.body, request_body(exchange));
  out.media_type = exchange.call->http.headers.get("content-type");
  const Json parameters = integration.value("requestParameters", Json::object());
  for (const auto& [target, expression] : parameters.items()) {
    auto value = mapped_value(exchange, text_of_value(expression));
    static constexpr std::string_view kPrefix = "integration.request.";
    const std::string place = target.substr(kPrefix.size());
    const size_t dot = place.find('.');
    const std::string where = place.substr(0, dot), name = dot == std::string::npos ? "" : place.substr(dot + 1);
    if (where == "header" && is_forbidden_header(name, aws))
      return configuration_error(exchange, "Invalid header mapping");
    if (!value) continue;
    if (where == "header") out.headers.set(name, text_of_value(*value));
    if (where == "path") out.path[name] = text_of_value(*value);
    if (where != "querystring") continue;
    if (value->is_array()) {
      for (const Json& one : *value) out.query.emplace_back(name, text_of_value(one));
    } else {
      out.query.emplace_back(name, text_of_value(*value));
    }
  }
  apply_overrides(exchange, out);
  return out;
}

Result<protocol::HttpReply> map_response(Exchange& exchange, const Incoming& incoming) {
  const Json* response = select_response(exchange.integration(), incoming.selected_by);
  if (!response)
    return configuration_error(
        exchange,
        "No match for output mapping and no default output mapping configured. Endpoint Response Status Code: " +
            std::to_string(incoming.status));
  protocol::HttpReply reply;
  reply.status = std::atoi(text_of(*response, "statusCode", "200").c_str());
  bool failed = false;
  reply.body = response_body(exchange, *response, incoming, failed);
  if (failed) return internal_server_error();
  reply.headers.set("Content-Type", "application/json");
  const Json parameters = response->value("responseParameters", Json::object());
  for (const auto& [target, expression] : parameters.items()) {
    static constexpr std::string_view kPrefix = "method.response.header.";
    if (!target.starts_with(kPrefix)) continue;
    auto value = response_value(exchange, incoming, text_of_value(expression));
    if (value) reply.headers.set(target.substr(kPrefix.size()), text_of_value(*value));
  }
  if (const Json* overrides = millrace::find(exchange.overrides, "responseOverride")) {
    const std::string status = millrace::find(*overrides, "status") ? text_of_value((*overrides)["status"]) : "";
    const int wanted = std::atoi(status.c_str());
    if (wanted >= 100 && wanted <= 599) reply.status = wanted;
    const Json headers = overrides->value("header", Json::object());
    for (const auto& [name, value] : headers.items()) reply.headers.set(name, text_of_value(value));
  }
  convert(exchange, *response, reply);
  return reply;
}

}  // namespace millrace::apigateway::rest
