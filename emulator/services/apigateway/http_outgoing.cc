#include "emulator/services/apigateway/http_outgoing.h"

#include <algorithm>

#include "emulator/base/encoding.h"
#include "emulator/protocol/http_events.h"
#include "emulator/services/apigateway/event_fields.h"
#include "emulator/services/apigateway/json_path.h"

namespace millrace::apigateway {

namespace {

std::string text_of_value(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.is_null() ? "" : to_text(value);
}

bool one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::any_of(names.begin(), names.end(), [&](std::string_view one) { return equals_ignore_case(name, one); });
}

std::string context_value(const Routed& request, const std::string& name) {
  const protocol::Call& call = request.call;
  if (name == "requestId" || name == "extendedRequestId") return call.request_id;
  if (name == "httpMethod") return call.http.method;
  if (name == "path") return request.shown_path();
  if (name == "routeKey") return request.route.key_text;
  if (name == "stage") return request.stage.name;
  if (name == "apiId") return request.api.id;
  if (name == "accountId") return request.api.account;
  if (name == "domainName") return request.domain_name();
  if (name == "identity.sourceIp") return request.source_ip();
  if (name == "identity.userAgent") return std::string(call.http.headers.get("user-agent"));
  if (name == "domainPrefix") return request.domain_name().substr(0, request.domain_name().find('.'));
  if (name == "protocol") return "HTTP/1.1";
  if (name == "requestTime") return protocol::log_time(call.received_ms);
  if (name == "requestTimeEpoch") return std::to_string(call.received_ms);
  if (request.route.authorization == "AWS_IAM") {
    if (name == "identity.accountId") return call.caller.account;
    if (name == "identity.caller" || name == "identity.user") return call.caller.user_id;
    if (name == "identity.userArn") return call.caller.principal_arn;
  }
  if (!name.starts_with("authorizer.")) return "";
  // `authorizer.claims.sub`, `authorizer.key`
  const Json* at = &request.authorizer;
  if (const Json* inner =
          at->is_object() ? find(*at, name.starts_with("authorizer.claims.") ? "jwt" : "lambda") : nullptr)
    at = inner;
  std::string rest = name.substr(11);
  for (size_t dot = rest.find('.'); at && dot != std::string::npos; dot = rest.find('.')) {
    at = find(*at, rest.substr(0, dot));
    rest = rest.substr(dot + 1);
  }
  const Json* found = at ? find(*at, rest) : nullptr;
  return found ? text_of_value(*found) : "";
}

/// One name without its dollar sign.
std::string named_value(const Routed& request, const std::string& name) {
  const protocol::HttpRequest& http = request.call.http;
  const auto after = [&](const char* prefix) { return name.substr(std::string_view(prefix).size()); };
  if (name.starts_with("request.header.")) return std::string(http.headers.get(after("request.header.")));
  if (name.starts_with("request.querystring."))
    return protocol::query_value(request.call.query, after("request.querystring.")).value_or("");
  if (name == "request.path") return request.raw_path;
  if (name.starts_with("request.path.")) {
    auto found = request.values.find(after("request.path."));
    return found == request.values.end() ? "" : found->second;
  }
  if (name == "request.body") return http.body;
  if (name.starts_with("request.body.")) {
    auto parsed = parse_json(http.body);
    auto found = parsed ? json_path(*parsed, "$." + after("request.body.")) : std::nullopt;
    return found ? text_of_value(*found) : "";
  }
  if (name.starts_with("stageVariables.")) {
    auto found = request.stage.variables.find(after("stageVariables."));
    return found == request.stage.variables.end() ? "" : found->second;
  }
  return name.starts_with("context.") ? context_value(request, after("context.")) : "";
}

std::string filled(const Routed& request, const std::string& uri) {
  std::string out;
  for (size_t at = 0; at < uri.size();) {
    const size_t end = uri[at] == '{' ? uri.find('}', at) : std::string::npos;
    if (end == std::string::npos) {
      out += uri[at++];
      continue;
    }
    std::string name = uri.substr(at + 1, end - at - 1);
    if (name.ends_with('+')) name.pop_back();
    auto found = request.values.find(name);
    out += found == request.values.end() ? uri.substr(at, end - at + 1) : percent_encode(found->second, "/");
    at = end + 1;
  }
  return out;
}

/// `append:header.x` as the three; false for anything else.
struct Rule {
  std::string action, place, name;
};
std::optional<Rule> rule_of(const std::string& key) {
  const size_t colon = key.find(':');
  if (colon == std::string::npos) return std::nullopt;
  const std::string rest = key.substr(colon + 1);
  const size_t dot = rest.find('.');
  return Rule{key.substr(0, colon), rest.substr(0, dot), dot == std::string::npos ? "" : rest.substr(dot + 1)};
}

/// Headers that no mapping may touch, as the developer guide lists them.
bool is_reserved(const std::string& name) {
  const std::string lower = to_lower(name);
  for (const char* prefix : {"access-control-", "apigw-", "proxy-", "x-amz-", "x-amzn-", "x-forwarded-"}) {
    if (lower.starts_with(prefix)) return true;
  }
  return one_of(lower, {"authorization", "connection", "content-encoding", "content-length", "content-location",
                        "forwarded", "keep-alive", "origin", "te", "trailers", "transfer-encoding", "upgrade", "via"});
}

void apply_to_headers(const Rule& rule, const std::string& value,
                      std::vector<std::pair<std::string, std::string>>& headers) {
  if (is_reserved(rule.name)) return;
  const auto is_it = [&](const auto& field) { return equals_ignore_case(field.first, rule.name); };
  if (rule.action == "remove" || rule.action == "overwrite") std::erase_if(headers, is_it);
  if (rule.action != "remove") headers.emplace_back(rule.name, value);
}

}  // namespace

const Subtype* find_subtype(const std::string& name) {
  static const char* const kJson0 = "application/x-amz-json-1.0";
  static const char* const kJson1 = "application/x-amz-json-1.1";
  static const std::vector<Subtype> all = {
      {"SQS-SendMessage", "sqs", "AmazonSQS.SendMessage", kJson0, {"QueueUrl", "MessageBody"}},
      {"SQS-ReceiveMessage", "sqs", "AmazonSQS.ReceiveMessage", kJson0, {"QueueUrl"}},
      {"SQS-DeleteMessage", "sqs", "AmazonSQS.DeleteMessage", kJson0, {"ReceiptHandle", "QueueUrl"}},
      {"SQS-PurgeQueue", "sqs", "AmazonSQS.PurgeQueue", kJson0, {"QueueUrl"}},
      {"EventBridge-PutEvents", "events", "AWSEvents.PutEvents", kJson1, {"Detail", "DetailType", "Source"}},
      {"Kinesis-PutRecord", "kinesis", "Kinesis_20131202.PutRecord", kJson1, {"StreamName", "Data", "PartitionKey"}},
      {"StepFunctions-StartExecution", "states", "AWSStepFunctions.StartExecution", kJson0, {"StateMachineArn"}},
      {"StepFunctions-StartSyncExecution",
       "states",
       "AWSStepFunctions.StartSyncExecution",
       kJson0,
       {"StateMachineArn"}},
      {"StepFunctions-StopExecution", "states", "AWSStepFunctions.StopExecution", kJson0, {"ExecutionArn"}}};
  const auto found = std::find_if(all.begin(), all.end(), [&](const Subtype& one) { return name == one.name; });
  return found == all.end() ? nullptr : &*found;
}

std::string parameter_value(const Routed& request, const std::string& expression) {
  return parameters_replaced(expression, [&](const std::string& name) { return named_value(request, name); });
}

ports::HttpCall http_call(const Routed& request, const Integration& integration) {
  const protocol::HttpRequest& http = request.call.http;
  ports::HttpCall call;
  call.method = integration.method == "ANY" ? http.method : integration.method;
  call.timeout_ms = static_cast<int>(integration.timeout_ms);
  call.body = http.body;
  call.url = filled(request, with_stage_variables(integration.uri, request.stage));
  protocol::QueryParameters query = request.call.query;
  for (const auto& [name, value] : http.headers) {
    if (!one_of(name, {"host", "connection", "content-length", "transfer-encoding", "te", "expect", "upgrade"}))
      call.headers.emplace_back(name, value);
  }
  std::string path = request.route.key.is_default() ? request.raw_path : "";
  for (const auto& [key, expression] : integration.parameters) {
    auto rule = rule_of(key);
    if (!rule) continue;
    const std::string value = parameter_value(request, expression);
    if (rule->place == "header") apply_to_headers(*rule, value, call.headers);
    if (rule->place == "path") {
      const size_t host = call.url.find("://");
      const size_t slash = call.url.find('/', host == std::string::npos ? 0 : host + 3);
      call.url = call.url.substr(0, slash);
      path = value.starts_with('/') ? value : "/" + value;
    }
    if (rule->place != "querystring") continue;
    if (rule->action != "append") std::erase_if(query, [&](const auto& field) { return field.first == rule->name; });
    if (rule->action != "remove") query.emplace_back(rule->name, value);
  }
  if (path != "/") {
    if (call.url.ends_with('/') && path.starts_with('/')) call.url.pop_back();
    call.url += path;
  }
  std::string text;
  for (const auto& [name, value] : query)
    text += (text.empty() ? "" : "&") + percent_encode(name) + "=" + percent_encode(value);
  if (!text.empty()) call.url += (call.url.find('?') == std::string::npos ? "?" : "&") + text;
  call.headers.emplace_back(
      "Forwarded", "by=127.0.0.1;for=" + request.source_ip() + ";host=" + request.domain_name() + ";proto=https");
  call.headers.emplace_back("Via", "HTTP/1.1 AmazonAPIGateway");
  return call;
}

protocol::HttpReply http_reply(const Routed& request, const Integration& integration, ports::HttpAnswer answer) {
  protocol::HttpReply reply;
  reply.status = answer.status;
  std::vector<std::pair<std::string, std::string>> headers;
  for (const auto& field : answer.headers) {
    if (!one_of(field.first, {"connection", "content-length", "date", "transfer-encoding", "keep-alive"}))
      headers.push_back(field);
  }
  auto rules = integration.responses.find(std::to_string(answer.status));
  if (rules != integration.responses.end()) {
    for (const auto& [key, expression] : rules->second) {
      auto rule = rule_of(key);
      if (!rule) continue;
      std::string value;
      if (expression.starts_with("$response.header.")) {
        const std::string name = expression.substr(17);
        for (const auto& [field, text] : answer.headers) {
          if (equals_ignore_case(field, name)) value = text;
        }
      } else if (expression.starts_with("$response.body.")) {
        auto parsed = parse_json(answer.body);
        auto found = parsed ? json_path(*parsed, "$." + expression.substr(15)) : std::nullopt;
        if (found) value = text_of_value(*found);
      } else {
        value = parameter_value(request, expression);
      }
      if (rule->place == "header") apply_to_headers(*rule, value, headers);
      const int status = rule->place == "statuscode" ? std::atoi(value.c_str()) : 0;
      if (status >= 100 && status <= 599) reply.status = status;
    }
  }
  for (const auto& [name, value] : headers) reply.headers.add(name, value);
  reply.body = std::move(answer.body);
  return reply;
}

ports::ServiceCall subtype_call(const Routed& request, const Integration& integration, const Subtype& subtype) {
  Json input = Json::object();
  ports::ServiceCall call;
  call.region = request.api.region;
  call.account = request.api.account;
  for (const auto& [name, expression] : integration.parameters) {
    const std::string value = parameter_value(request, expression);
    if (name == "Region") {
      call.region = value;
    } else if (name == "MessageAttributes" || name == "MessageSystemAttributes" || name == "AttributeNames" ||
               name == "MessageAttributeNames" || name == "Resources") {
      input[name] = parse_json(value).value_or(Json::object());
    } else if (name == "DelaySeconds" || name == "MaxNumberOfMessages" || name == "VisibilityTimeout" ||
               name == "WaitTimeSeconds") {
      input[name] = std::atoi(value.c_str());
    } else {
      input[name] = value;
    }
  }
  const std::string_view service = subtype.service;
  if (service == "events") input = {{"Entries", Json::array({input})}};
  if (service == "kinesis") input["Data"] = to_base64(text_of(input, "Data"));
  if (service == "states") {
    for (const auto& [from, to] : {std::pair{"StateMachineArn", "stateMachineArn"}, std::pair{"Name", "name"},
                                   std::pair{"Input", "input"}, std::pair{"ExecutionArn", "executionArn"}}) {
      if (!input.contains(from)) continue;
      input[to] = input[from];
      input.erase(from);
    }
  }
  call.role_arn = integration.credentials;
  call.service_principal = "apigateway.amazonaws.com";
  call.service = subtype.service;
  call.headers = {{"Content-Type", subtype.type}, {"X-Amz-Target", subtype.target}, {"Accept", "application/json"}};
  call.body = to_text(input);
  return call;
}

}  // namespace millrace::apigateway
