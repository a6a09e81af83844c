// TestInvokeMethod and TestInvokeAuthorizer: a method as it is now, without deployment, authorizer and keys; an authorizer
// by itself. Both answer the execution's log.

#include <fmt/format.h>

#include <algorithm>

#include "emulator/base/encoding.h"
#include "emulator/services/apigateway/openapi/document.h"
#include "emulator/services/apigateway/rest/admission.h"
#include "emulator/services/apigateway/rest/gateway_reply.h"
#include "emulator/services/apigateway/rest/integrate.h"
#include "emulator/services/apigateway/rest/operations.h"

namespace millrace::apigateway::rest {

using namespace protocol;

namespace {

constexpr const char* kMethodPath = "/restapis/{restApiId}/resources/{resourceId}/methods/{verb}";
constexpr const char* kAuthorizerPath = "/restapis/{restApiId}/authorizers/{authorizerId}";

/// `Mon Nov 30 02:51:55 UTC 2026`
std::string java_date(Millis t) {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const CalendarTime c = calendar(t);
  return fmt::format("{} {} {:02} {:02}:{:02}:{:02} UTC {:04}", kDays[(t / 86'400'000 + 4) % 7],
                     kMonths[(c.month - 1) % 12], c.day, c.hour, c.minute, c.second, c.year);
}

std::string log_of(Gateway& gateway, const Exchange& exchange) {
  std::string out = "Execution log for request " + exchange.request_id + "\n";
  const std::string date = java_date(gateway.context.clock.now_ms());
  for (const std::string& line : exchange.trace.lines) out += date + " : " + line + "\n";
  return out;
}

/// The request that the input describes.
std::shared_ptr<Call> described(const Call& call, const std::string& verb, const std::string& fallback_path) {
  auto out = std::make_shared<Call>();
  out->http.method = verb;
  out->http.target = text_of(call.input, "pathWithQueryString", fallback_path);
  if (!out->http.target.starts_with('/')) out->http.target = "/" + out->http.target;
  out->http.body = text_of(call.input, "body");
  out->http.peer = "test-invoke-source-ip:0";
  const Json& many = object_in(call.input, "multiValueHeaders");
  for (const auto& [name, values] : many.items()) {
    for (const Json& value : values) out->http.headers.add(name, text_of_value(value));
  }
  const Json& headers = object_in(call.input, "headers");
  for (const auto& [name, value] : headers.items()) {
    if (!out->http.headers.has(name)) out->http.headers.set(name, text_of_value(value));
  }
  out->query = parse_query(out->http.raw_query());
  out->caller = call.caller;
  out->request_id = call.request_id;
  out->received_ms = call.received_ms;
  return out;
}

/// An exchange with the API as it is now, on a stage that there is only for tests.
Result<std::shared_ptr<Exchange>> exchange_for(Gateway& gateway, const Call& call, const std::string& stage,
                                               std::shared_ptr<Call> request) {
  auto out = std::make_shared<Exchange>();
  const std::string api = text_of(call.input, "restApiId");
  TRY(const Json snapshot, frozen_api(gateway.context.store, scope_of(call), api));
  out->call = std::move(request);
  out->live.id = api;
  out->live.scope = scope_of(call);
  out->live.stage = stage;
  out->live.deployment = deployment_of(snapshot, "");
  const Json& variables = object_in(call.input, "stageVariables");
  for (const auto& [name, value] : variables.items()) out->live.variables[name] = text_of_value(value);
  out->path = out->call->http.raw_path();
  out->request_id = gateway.context.random.uuid();
  out->trace.level = Trace::Level::info;
  out->trace.data = true;
  return out;
}

Json headers_of_reply(const HttpReply& reply, bool many) {
  Json out = Json::object();
  for (const auto& [name, value] : reply.headers) {
    if (many) {
      out[name].push_back(value);
    } else {
      out[name] = value;
    }
  }
  return out;
}

HttpReply answer(const Json& document) {
  HttpReply reply;
  reply.headers.set("Content-Type", "application/json");
  reply.body = to_text(document);
  return reply;
}

void finish(Gateway& gateway, const std::shared_ptr<Exchange>& exchange, Millis begun, Result<HttpReply> result,
            const Responder& respond) {
  const bool by_gateway = result.has_error();
  HttpReply reply = by_gateway ? gateway_reply(*exchange, result.error()) : std::move(*result);
  const std::string type = text_of(exchange->integration(), "type");
  if (!by_gateway && (type.starts_with("AWS") || type == "HTTP"))
    reply.headers.set("X-Amzn-Trace-Id", exchange->trace_root());
  trace_reply(*exchange, reply, by_gateway);
  respond(answer({{"status", reply.status},
                  {"body", reply.body},
                  {"headers", headers_of_reply(reply, false)},
                  {"multiValueHeaders", headers_of_reply(reply, true)},
                  {"log", log_of(gateway, *exchange)},
                  {"latency", gateway.context.clock.now_ms() - begun}}));
}

void test_method(Gateway& gateway, const Outside& outside, const std::shared_ptr<Call>& call,
                 const Responder& respond) {
  const Millis begun = gateway.context.clock.now_ms();
  const std::string verb = text_of(call->input, "verb"), resource_id = text_of(call->input, "resourceId");
  auto stored = load_part(gateway.context.store, scope_of(*call), kResource, text_of(call->input, "restApiId"),
                          resource_id, "Invalid Resource identifier specified");
  if (stored.has_error()) return respond(std::move(stored).error());
  auto made = exchange_for(gateway, *call, "test-invoke-stage", described(*call, verb, text_of(*stored, "path")));
  if (made.has_error()) return respond(std::move(made).error());
  const std::shared_ptr<Exchange> exchange = std::move(*made);
  const auto& all = exchange->live.deployment->resources;
  const auto resource =
      std::find_if(all.begin(), all.end(), [&](const Resource& one) { return one.id == resource_id; });
  if (resource == all.end()) return respond(errors::no_such("Resource"));
  // The path's parameters, where the path is one of this resource.
  auto match = match_resource({*resource}, exchange->path);
  exchange->match.resource = &*resource;
  if (match) exchange->match.values = match->values;
  exchange->method = find(resource->methods, verb);
  if (!exchange->method) exchange->method = find(resource->methods, "ANY");
  if (!exchange->method) return respond(errors::no_such("Method"));
  trace_request(*exchange);
  if (Result<void> valid = validate(*exchange); valid.has_error())
    return finish(gateway, exchange, begun, std::move(valid).error(), respond);
  if (exchange->integration().empty()) {
    exchange->failure = "Execution failed due to configuration error: No integration defined for method";
    return finish(gateway, exchange, begun, internal_server_error(), respond);
  }
  integrate(gateway, outside, exchange, [&gateway, exchange, begun, respond](Result<HttpReply> reply) {
    finish(gateway, exchange, begun, std::move(reply), respond);
  });
}

void test_one_authorizer(Gateway& gateway, const Outside& outside, const std::shared_ptr<Call>& call,
                         const Responder& respond) {
  const Millis begun = gateway.context.clock.now_ms();
  auto authorizer = load_part(gateway.context.store, scope_of(*call), kAuthorizer, text_of(call->input, "restApiId"),
                              text_of(call->input, "authorizerId"), "Invalid Authorizer identifier specified");
  if (authorizer.has_error()) return respond(std::move(authorizer).error());
  auto made = exchange_for(gateway, *call, "ESTestInvoke-stage", described(*call, "GET", "/"));
  if (made.has_error()) return respond(std::move(made).error());
  const std::shared_ptr<Exchange> exchange = std::move(*made);
  static const Json method = {{"authorizationType", "CUSTOM"}};
  exchange->method = &method;
  test_authorizer(gateway, *outside.functions, exchange, *authorizer,
                  [&gateway, exchange, begun, respond](Result<void> verdict) {
                    const int status = verdict.has_error() ? verdict.error().kind->http_status : 200;
                    Json out = {{"clientStatus", status},
                                {"log", log_of(gateway, *exchange)},
                                {"latency", gateway.context.clock.now_ms() - begun}};
                    const Json& said = exchange->authorizer_answer;
                    if (const std::string principal = text_of(said, "principalId"); !principal.empty())
                      out["principalId"] = principal;
                    if (const Json* policy = find(said, "policyDocument")) out["policy"] = to_text(*policy);
                    // What the context says, each a list; an access token's claims.
                    const Json& context = object_in(said, "context");
                    for (const auto& [name, value] : context.items())
                      out["authorization"][name].push_back(text_of_value(value));
                    if (const Json* claims = find(exchange->authorizer, "claims")) out["claims"] = *claims;
                    respond(answer(out));
                  });
}

using Test = void (*)(Gateway&, const Outside&, const std::shared_ptr<Call>&, const Responder&);

Operation test_operation(Gateway& gateway, const Outside& outside, const char* name, const char* path, Test test) {
  static const Shape shape = structure(
      {optional("pathWithQueryString", string()), optional("body", string()), optional("headers", map(string())),
       optional("multiValueHeaders", map(list(string()))), optional("stageVariables", map(string()))});
  return {.name = name,
          .rest = {{"POST", path, 200}},
          .access = needs_of,
          .handle = AsyncHandler([&gateway, outside, name, test](std::shared_ptr<Call> call, Responder respond) {
            if (Result<void> valid = check_input_of(name, shape, call->input); valid.has_error())
              return respond(std::move(valid).error());
            test(gateway, outside, call, respond);
          })};
}

}  // namespace

Operations test_operations(Gateway& gateway, const Outside& outside) {
  Operations out;
  out.push_back(test_operation(gateway, outside, "TestInvokeMethod", kMethodPath, test_method));
  out.push_back(test_operation(gateway, outside, "TestInvokeAuthorizer", kAuthorizerPath, test_one_authorizer));
  return out;
}

}  // namespace millrace::apigateway::rest
