#include "emulator/services/apigateway/authorizers.h"

#include <algorithm>

#include "emulator/access/pattern.h"
#include "emulator/base/encoding.h"
#include "emulator/services/apigateway/jwt.h"

namespace millrace::apigateway {

namespace {

using Kind = Admission::Kind;

/// What an identity source names: `$request.header.X`, `$request.querystring.X`, `$context.X`, `$stageVariables.X`.
std::string identity_of(const Routed* routed, const protocol::Call& call, std::string_view given) {
  // WebSocket APIs write `route.request.header.X`.
  const std::string written =
      given.starts_with("route.request.") ? "$" + std::string(given.substr(6)) : std::string(given);
  const std::string_view source = written;
  const auto after = [&](std::string_view prefix) { return std::string(source.substr(prefix.size())); };
  if (source.starts_with("$request.header.")) return std::string(call.http.headers.get(after("$request.header.")));
  if (source.starts_with("$request.querystring."))
    return protocol::query_value(call.query, after("$request.querystring.")).value_or("");
  if (!routed) return "";
  if (source == "$context.routeKey") return routed->route.key_text;
  if (source == "$context.httpMethod") return call.http.method;
  if (source == "$context.identity.sourceIp") return routed->source_ip();
  if (source == "$context.path") return routed->shown_path();
  if (source.starts_with("$stageVariables.")) {
    auto value = routed->stage.variables.find(after("$stageVariables."));
    return value == routed->stage.variables.end() ? "" : value->second;
  }
  return "";
}

Admission invalid_token(const std::string& problem) {
  return {Kind::unauthorized, Json(), "Bearer scope=\"\" error=\"invalid_token\" error_description=\"" + problem + "\"",
          problem};
}

Json claim_texts(const Json& claims) {
  Json out = Json::object();
  for (const auto& [name, value] : claims.items())
    out[name] = value.is_string() ? value.get<std::string>() : to_text(value);
  return out;
}

/// An answer with a policy: does it let this call through?
bool policy_allows(const Json& answer, const std::string& arn) {
  const Json* document = find(answer, "policyDocument");
  if (!document) return false;
  bool allowed = false;
  const Json given = document->value("Statement", Json::array());
  const Json statements = given.is_array() ? given : Json::array({given});
  for (const Json& statement : statements) {
    const auto any = [&](const char* member, const std::string& value) {
      const Json listed = statement.value(member, Json::array());
      const Json values = listed.is_array() ? listed : Json::array({listed});
      return std::any_of(values.begin(), values.end(), [&](const Json& one) {
        return one.is_string() && access::glob(access::compile_wildcards(one.get<std::string>()), value);
      });
    };
    if (!any("Action", "execute-api:Invoke") || !any("Resource", arn)) continue;
    if (text_of(statement, "Effect") == "Deny") return false;
    allowed |= text_of(statement, "Effect") == "Allow";
  }
  return allowed;
}

/// The function's answer as a verdict on one call.
Admission judge_answer(const Authorizer& authorizer, const Json& answer, const std::string& arn) {
  const bool is_map = answer.is_object();
  if (authorizer.simple_responses) {
    const Json* verdict = is_map ? find(answer, "isAuthorized") : nullptr;
    if (!verdict || !verdict->is_boolean()) return {Kind::failed, Json(), ""};
    if (!verdict->get<bool>()) return {Kind::forbidden, Json(), ""};
  } else {
    if (!is_map || !find(answer, "policyDocument")) return {Kind::failed, Json(), ""};
    if (!policy_allows(answer, arn)) return {Kind::forbidden, Json(), ""};
  }
  Json context = answer.value("context", Json::object());
  if (authorizer.payload_version == "1.0" && find(answer, "principalId"))
    context["principalId"] = text_of(answer, "principalId");
  return {Kind::admitted, Json{{"lambda", std::move(context)}}, ""};
}

}  // namespace

std::string method_arn(const Routed& request) {
  const std::string stage = "arn:aws:execute-api:" + request.api.region + ":" + request.api.account + ":" +
                            request.api.id + "/" + request.stage.name + "/";
  if (request.api.is_websocket) return stage + request.route.key_text;
  return stage + request.call.http.method + percent_decode(request.raw_path);
}

Admission judge_token(const Authorizer& authorizer, const Route& route, const protocol::Call& call, const Json& jwks,
                      Millis now) {
  std::string text;
  for (const std::string& source : authorizer.identity_sources) {
    text = identity_of(nullptr, call, source);
    if (!text.empty()) break;
  }
  if (equals_ignore_case(std::string_view(text).substr(0, 7), "bearer ")) text = text.substr(7);
  if (text.empty()) return {Kind::unauthorized, Json(), "Bearer"};
  auto token = parse_token(text);
  if (!token) return invalid_token("the token is malformed");
  if (const std::string problem = problem_with(*token, authorizer.issuer, authorizer.audience, jwks, now);
      !problem.empty())
    return invalid_token(problem);
  const std::vector<std::string> scopes = scopes_of(*token);
  const bool scoped =
      route.scopes.empty() || std::any_of(route.scopes.begin(), route.scopes.end(), [&](const auto& one) {
        return std::find(scopes.begin(), scopes.end(), one) != scopes.end();
      });
  // unverified: the challenge's text.
  if (!scoped) return {Kind::forbidden, Json(), "Bearer scope=\"\" error=\"insufficient_scope\""};
  Json content = {{"claims", claim_texts(token->claims)}, {"scopes", nullptr}};
  if (!route.scopes.empty()) content["scopes"] = scopes;
  return {Kind::admitted, Json{{"jwt", std::move(content)}}, ""};
}

void RequestAuthorizers::ask(ports::FunctionCaller& functions, const Authorizer& authorizer, const Routed& request,
                             std::function<void(Admission)> done) {
  std::vector<std::string> identities;
  std::string key = request.api.id + "/" + request.stage.name + "/" + authorizer.id;
  for (const std::string& source : authorizer.identity_sources) {
    identities.push_back(identity_of(&request, request.call, source));
    if (identities.back().empty()) return done({Kind::unauthorized, Json(), ""});
    key += '\n' + identities.back();
  }
  const std::string arn = method_arn(request);
  const bool cached = authorizer.ttl_s > 0 && !identities.empty();
  if (auto answer = cached ? gateway_.answers.find(key, gateway_.context.clock.now_ms()) : std::nullopt)
    return done(judge_answer(authorizer, *answer, arn));
  const bool second = authorizer.payload_version == "2.0";
  ports::FunctionCall call;
  call.function_arn = function_in(with_stage_variables(authorizer.uri, request.stage));
  call.payload =
      second ? authorizer_event_2_0(request, arn, identities) : authorizer_event_1_0(request, arn, identities);
  call.request_id = gateway_.context.random.uuid();
  call.service_principal = "apigateway.amazonaws.com";
  call.source_arn = "arn:aws:execute-api:" + request.api.region + ":" + request.api.account + ":" + request.api.id +
                    "/authorizers/" + authorizer.id;
  call.source_account = request.api.account;
  if (is_role(authorizer.credentials)) call.role_arn = authorizer.credentials;
  functions.call(std::move(call), [this, cached, key, arn, authorizer, done](ports::FunctionAnswer answer) {
    if (answer.status != ports::FunctionAnswer::Status::ok)
      return done({Kind::failed, Json(), "", "The authorizer's function failed: " + answer.payload});
    auto parsed = parse_json(answer.payload);
    if (!parsed) return done({Kind::failed, Json(), "", "The authorizer's answer isn't JSON: " + answer.payload});
    Admission verdict = judge_answer(authorizer, *parsed, arn);
    if (cached && verdict.kind != Kind::failed)
      gateway_.answers.keep(key, gateway_.context.clock.now_ms() + authorizer.ttl_s * 1000, std::move(*parsed));
    done(std::move(verdict));
  });
}

}  // namespace millrace::apigateway
