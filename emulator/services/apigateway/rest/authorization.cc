// Resource policies, Lambda authorizers (TOKEN and REQUEST) and Cognito's tokens.

#include <re2/re2.h>

#include <algorithm>

#include "emulator/access/evaluator.h"
#include "emulator/access/pattern.h"
#include "emulator/base/arn.h"
#include "emulator/base/encoding.h"
#include "emulator/services/apigateway/jwt.h"
#include "emulator/services/apigateway/key_sets.h"
#include "emulator/services/apigateway/rest/admission.h"
#include "emulator/services/apigateway/rest/gateway_reply.h"
#include "emulator/services/apigateway/rest/proxy.h"

namespace millrace::apigateway::rest {

namespace {

std::string api_arn(const Live& live) {
  return "arn:aws:execute-api:" + live.scope.region + ":" + live.scope.account + ":" + live.id;
}

Json expanded(const Json& resource, const Live& live) {
  if (resource.is_array()) {
    Json out = Json::array();
    for (const Json& one : resource) out.push_back(expanded(one, live));
    return out;
  }
  const std::string text = resource.is_string() ? resource.get<std::string>() : "";
  if (text.starts_with("execute-api:/")) return api_arn(live) + "/" + text.substr(13);
  return resource;
}

AwsError unauthorized() {
  return gateway_error("UNAUTHORIZED", "Unauthorized");
}

/// `method.request.header.X`, `method.request.querystring.X`, `stageVariables.X`, `context.X`, by commas.
std::vector<std::string> identity_values(const Exchange& exchange, const std::string& sources) {
  std::vector<std::string> out;
  size_t from = 0;
  while (from < sources.size()) {
    const size_t comma = std::min(sources.find(',', from), sources.size());
    std::string one = sources.substr(from, comma - from);
    one.erase(std::remove(one.begin(), one.end(), ' '), one.end());
    auto value = mapped_value(exchange, one);
    out.push_back(value ? text_of_value(*value) : "");
    from = comma + 1;
  }
  return out;
}

enum class Verdict { allowed, denied, not_allowed };

/// Does a statement's action or resource match?
bool names(const Json& statement, const char* member, const std::string& value) {
  const Json listed = statement.value(member, Json::array());
  const Json values = listed.is_array() ? listed : Json::array({listed});
  return std::any_of(values.begin(), values.end(), [&](const Json& one) {
    return one.is_string() && access::glob(access::compile_wildcards(one.get<std::string>()), value);
  });
}

Verdict judge(const Json& document, const std::string& arn) {
  Verdict out = Verdict::not_allowed;
  const Json given = document.value("Statement", Json::array());
  for (const Json& statement : given.is_array() ? given : Json::array({given})) {
    if (!statement.is_object()) continue;
    const bool action = names(statement, "Action", "execute-api:Invoke") ||
                        names(statement, "Action", "execute-api:invoke") ||
                        names(statement, "action", "execute-api:Invoke");
    if (!action || !names(statement, "Resource", arn)) continue;
    if (text_of(statement, "Effect") == "Deny") return Verdict::denied;
    if (text_of(statement, "Effect") == "Allow") out = Verdict::allowed;
  }
  return out;
}

/// The authorizer's answer for this request; what it says of the caller goes into the exchange.
Result<void> apply_answer(Exchange& exchange, const Json& answer) {
  const Json* policy = answer.is_object() ? find(answer, "policyDocument") : nullptr;
  if (!policy || !policy->is_object() || text_of(answer, "principalId").empty()) return authorizer_error();
  Json context = {{"principalId", text_of(answer, "principalId")}};
  const Json given = answer.value("context", Json::object());
  if (given.is_object()) {
    for (const auto& [name, value] : given.items()) {
      if (value.is_structured()) return authorizer_error();
      if (!value.is_null()) context[name] = text_of_value(value);
    }
  }
  const Verdict verdict = judge(*policy, exchange.method_arn());
  if (verdict == Verdict::denied)
    return access_denied_error("User is not authorized to access this resource with an explicit deny");
  if (verdict == Verdict::not_allowed) return access_denied_error("User is not authorized to access this resource");
  exchange.usage_key = text_of(answer, "usageIdentifierKey");
  exchange.authorizer = std::move(context);
  return {};
}

Result<void> apply_result(Exchange& exchange, const ports::FunctionAnswer& answer, Json& kept) {
  if (answer.status == ports::FunctionAnswer::Status::function_error) {
    auto document = parse_json(answer.payload);
    if (document && text_of(*document, "errorMessage") == "Unauthorized") return unauthorized();
    return authorizer_error();
  }
  if (answer.status != ports::FunctionAnswer::Status::ok) return authorizer_error();
  auto parsed = parse_json(answer.payload);
  if (!parsed) return authorizer_error();
  kept = *parsed;
  return apply_answer(exchange, *parsed);
}

struct Question {
  std::string payload, cache_key;
  int64_t ttl_s = 300;
};

Result<Question> token_question(const Exchange& exchange, const Json& authorizer) {
  const std::string source = text_of(authorizer, "identitySource", "method.request.header.Authorization");
  const std::vector<std::string> values = identity_values(exchange, source);
  const std::string token = values.empty() ? "" : values.front();
  if (token.empty()) return unauthorized();
  if (const std::string pattern = text_of(authorizer, "identityValidationExpression"); !pattern.empty()) {
    const re2::RE2 compiled(pattern, re2::RE2::Quiet);
    if (!compiled.ok() || !re2::RE2::FullMatch(token, compiled)) return unauthorized();
  }
  return Question{to_text({{"type", "TOKEN"}, {"methodArn", exchange.method_arn()}, {"authorizationToken", token}}),
                  token, int_of(authorizer, "authorizerResultTtlInSeconds", 300)};
}

Result<Question> request_question(const Exchange& exchange, const Json& authorizer) {
  Question out;
  out.ttl_s = int_of(authorizer, "authorizerResultTtlInSeconds", 300);
  for (const std::string& value : identity_values(exchange, text_of(authorizer, "identitySource"))) {
    if (value.empty()) return unauthorized();
    out.cache_key += "\n" + value;
  }
  Json event = {{"type", "REQUEST"}, {"methodArn", exchange.method_arn()}};
  const Json rest = authorizer_event(exchange);
  for (const auto& [name, value] : rest.items()) event[name] = value;
  out.payload = to_text(event);
  if (out.cache_key.empty()) out.ttl_s = 0;
  return out;
}

/// What the function's answer says in the logs.
void note_run(Exchange& exchange, const ports::FunctionAnswer& answer, const Result<void>& verdict, Millis latency_ms) {
  using Status = ports::FunctionAnswer::Status;
  exchange.authorizer_run.latency_ms = latency_ms;
  exchange.authorizer_run.status = !verdict.has_error() ? 200 : verdict.error().kind->http_status;
  if (answer.status == Status::not_allowed) {
    exchange.failure = "Execution failed due to configuration error: Invalid permissions on Lambda function";
  } else if (answer.status == Status::not_found) {
    exchange.failure = "Execution failed due to configuration error: Invalid Lambda function";
  } else if (answer.status != Status::ok) {
    exchange.authorizer_run.error = "Authorizer function failed with response body: " + answer.payload;
  } else if (verdict.has_error() && verdict.error().kind->http_status >= 500) {
    exchange.failure = "Execution failed due to configuration error: Invalid JSON in response: " + answer.payload;
  }
  if (!exchange.failure.empty()) exchange.authorizer_run.error = exchange.failure;
  exchange.trace.note_data("Authorizer result body before parsing: " + answer.payload);
  exchange.trace.note(verdict.has_error() ? "The client is not authorized to perform this operation."
                                          : "Successfully completed authorizer execution");
}

void ask_function(Gateway& gateway, ports::FunctionCaller& functions, const std::shared_ptr<Exchange>& exchange,
                  const Json& authorizer, bool cached, Admitted done) {
  exchange->trace.note("Starting authorizer: " + text_of(authorizer, "id") + " for request: " + exchange->request_id);
  auto question = text_of(authorizer, "type") == "REQUEST" ? request_question(*exchange, authorizer)
                                                           : token_question(*exchange, authorizer);
  if (question.has_error()) {
    exchange->trace.note("Unauthorized request: " + exchange->request_id);
    return done(std::move(question).error());
  }
  // All methods of the stage with this authorizer share what it answered.
  const std::string key =
      exchange->live.id + "/" + exchange->live.stage + "/" + text_of(authorizer, "id") + "\n" + question->cache_key;
  const Millis now = gateway.context.clock.now_ms();
  const int64_t ttl_s = cached ? question->ttl_s : 0;
  if (auto answer = ttl_s > 0 ? gateway.answers.find(key, now) : std::nullopt)
    return done(apply_answer(*exchange, *answer));
  ports::FunctionCall call;
  call.function_arn = function_in(filled_uri(*exchange, text_of(authorizer, "authorizerUri"), {}));
  call.role_arn = text_of(authorizer, "authorizerCredentials");
  call.payload = std::move(question->payload);
  call.request_id = gateway.context.random.uuid();
  call.service_principal = "apigateway.amazonaws.com";
  call.source_arn = api_arn(exchange->live) + "/authorizers/" + text_of(authorizer, "id");
  call.source_account = exchange->live.scope.account;
  if (const std::string role = text_of(authorizer, "authorizerCredentials"); is_role(role)) call.role_arn = role;
  exchange->authorizer_run.request_id = call.request_id;
  exchange->trace.note_data("Endpoint request URI: " + function_endpoint(call.function_arn));
  exchange->trace.note_data("Endpoint request body after transformations: " + call.payload);
  functions.call(std::move(call), [&gateway, exchange, key, ttl_s, now, done](ports::FunctionAnswer answer) {
    Json kept;
    Result<void> verdict = apply_result(*exchange, answer, kept);
    note_run(*exchange, answer, verdict, gateway.context.clock.now_ms() - now);
    exchange->authorizer_answer = kept;
    if (exchange->authorizer.is_object())
      exchange->authorizer["integrationLatency"] = gateway.context.clock.now_ms() - now;
    if (ttl_s > 0 && kept.is_object() && find(kept, "policyDocument"))
      gateway.answers.keep(key, gateway.context.clock.now_ms() + ttl_s * 1000, std::move(kept));
    done(std::move(verdict));
  });
}

/// A user pool's token: there is no Cognito here, so what it says is believed once it is in date and of one of the pools;
/// its signature is checked where the pool's key set lies in the data folder.
Result<void> judge_pool_token(const Gateway& gateway, Exchange& exchange, const Json& authorizer) {
  const Millis now = gateway.context.clock.now_ms();
  const std::string source = text_of(authorizer, "identitySource", "method.request.header.Authorization");
  const std::vector<std::string> values = identity_values(exchange, source);
  std::string text = values.empty() ? "" : values.front();
  if (equals_ignore_case(std::string_view(text).substr(0, 7), "bearer ")) text = text.substr(7);
  auto token = text.empty() ? std::nullopt : parse_token(text);
  if (!token) return unauthorized();
  const std::string issuer = text_of(token->claims, "iss");
  const Json pools = authorizer.value("providerARNs", Json::array());
  const bool known = std::any_of(pools.begin(), pools.end(), [&](const Json& arn) {
    const std::string pool = arn.is_string() ? arn.get<std::string>() : "";
    const size_t slash = pool.rfind('/');
    return slash != std::string::npos && issuer.ends_with("/" + pool.substr(slash + 1));
  });
  if (!known) return unauthorized();
  const Json keys = key_set_from_file(gateway.context.files_folder, issuer);
  if (!keys.is_null() && !signature_holds(*token, keys)) return unauthorized();
  if (int_of(token->claims, "exp") <= now / 1000)
    return gateway_error("UNAUTHORIZED", "The incoming token has expired");
  const Json wanted = exchange.method->value("authorizationScopes", Json::array());
  const std::vector<std::string> scopes = scopes_of(*token);
  const bool scoped =
      wanted.empty() || std::any_of(wanted.begin(), wanted.end(), [&](const Json& one) {
        return one.is_string() && std::find(scopes.begin(), scopes.end(), one.get<std::string>()) != scopes.end();
      });
  if (!scoped) return unauthorized();
  Json claims = Json::object();
  for (const auto& [name, value] : token->claims.items()) claims[name] = text_of_value(value);
  exchange.authorizer = {{"claims", std::move(claims)}};
  return {};
}

}  // namespace

std::string resource_policy(const Live& live) {
  const std::string text = live.deployment ? text_of(live.deployment->api, "policy") : "";
  auto parsed = text.empty() ? std::nullopt : parse_json(text);
  if (!parsed || !parsed->is_object() || !find(*parsed, "Statement")) return "";
  Json& statements = (*parsed)["Statement"];
  if (!statements.is_array()) statements = Json::array({statements});
  for (Json& statement : statements) {
    for (const char* member : {"Resource", "NotResource"}) {
      if (find(statement, member)) statement[member] = expanded(statement[member], live);
    }
  }
  return to_text(*parsed);
}

Result<void> check_policy(const Exchange& exchange) {
  const std::string text = resource_policy(exchange.live);
  if (text.empty()) return {};
  auto policy = access::parse_shared_policy(text, access::DocumentKind::resource);
  if (policy.has_error()) return internal_server_error();
  access::PolicySource source{*policy, "", "", ""};
  access::Request request;
  request.action = "execute-api:Invoke";
  request.resource = exchange.method_arn();
  request.resource_account = exchange.live.scope.account;
  request.context = {{"aws:sourceip", {exchange.source_ip()}},
                     {"aws:securetransport", {"false"}},
                     {"aws:useragent", {std::string(exchange.call->http.headers.get("user-agent"))}}};
  const access::Decision decision = access::evaluate({}, {}, &source, request);
  if (decision.allowed()) return {};
  const bool authorized = text_of(*exchange.method, "authorizationType") != "NONE";
  // With an authorizer an Allow on either side is enough; a Deny is final.
  if (authorized && decision.outcome == access::Decision::Outcome::implicit_deny) return {};
  const std::string last = exchange.live.scope.account.substr(exchange.live.scope.account.size() - 4);
  const std::string suffix =
      decision.outcome == access::Decision::Outcome::explicit_deny ? " with an explicit deny" : "";
  return access_denied_error(
      "User: anonymous is not authorized to perform: execute-api:Invoke on resource: "
      "arn:aws:execute-api:" +
      exchange.live.scope.region + ":********" + last + ":" + Arn::parse(exchange.method_arn())->resource + suffix);
}

void authorize(Gateway& gateway, ports::FunctionCaller& functions, const std::shared_ptr<Exchange>& exchange,
               Admitted done) {
  const std::string kind = text_of(*exchange->method, "authorizationType");
  if (kind != "AWS_IAM") {
    Result<void> allowed = check_policy(*exchange);
    if (allowed.has_error()) return done(std::move(allowed));
  }
  if (kind == "NONE" || kind == "AWS_IAM") return done({});
  const auto& all = exchange->live.deployment->authorizers;
  auto found = all.find(text_of(*exchange->method, "authorizerId"));
  if (found == all.end()) return done(authorizer_error());
  if (text_of(found->second, "type") == "COGNITO_USER_POOLS")
    return done(judge_pool_token(gateway, *exchange, found->second));
  ask_function(gateway, functions, exchange, found->second, true, std::move(done));
}

void test_authorizer(Gateway& gateway, ports::FunctionCaller& functions, const std::shared_ptr<Exchange>& exchange,
                     const Json& authorizer, Admitted done) {
  if (text_of(authorizer, "type") == "COGNITO_USER_POOLS")
    return done(judge_pool_token(gateway, *exchange, authorizer));
  ask_function(gateway, functions, exchange, authorizer, false, std::move(done));
}

}  // namespace millrace::apigateway::rest
