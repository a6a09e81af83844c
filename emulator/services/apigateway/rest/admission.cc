#include "emulator/services/apigateway/rest/admission.h"

#include <algorithm>

#include "emulator/base/encoding.h"
#include "emulator/services/apigateway/rest/gateway_reply.h"
#include "emulator/services/apigateway/rest/mapping.h"
#include "emulator/services/apigateway/schema.h"

namespace millrace::apigateway::rest {

namespace {

/// Required parameters that aren't there; headers, then path, then query, each by name.
std::vector<std::string> missing_parameters(const Exchange& exchange) {
  std::vector<std::string> missing;
  const Json parameters = exchange.method->value("requestParameters", Json::object());
  for (const auto& [name, is_required] : parameters.items()) {
    if (!is_required.is_boolean() || !is_required.get<bool>()) continue;
    auto value = mapped_value(exchange, name);
    if (!value || text_of_value(*value).empty()) missing.push_back(name.substr(15));
  }
  std::sort(missing.begin(), missing.end());
  for (std::string& name : missing) name = name.substr(name.find('.') + 1);
  return missing;
}

Result<void> check_body(Exchange& exchange) {
  const protocol::HttpRequest& http = exchange.call->http;
  const std::string_view type = http.headers.get("content-type");
  const Json models = exchange.method->value("requestModels", Json::object());
  const Json* name = template_for(models, type.empty() ? "application/json" : type);
  if (!name) return {};
  const auto& all = exchange.live.deployment->models;
  auto model = all.find(text_of_value(*name));
  auto schema = model == all.end() ? std::nullopt : parse_json(text_of(model->second, "schema"));
  if (!schema) return {};
  const AwsError refusal = gateway_error("BAD_REQUEST_BODY", "Invalid request body");
  auto document = parse_json(http.body.empty() ? "{}" : http.body);
  if (!document) {
    exchange.validation_error = "Invalid JSON";
    return refusal;
  }
  std::map<std::string, Json> referred;
  const FindSchema find_schema = [&](const std::string& reference) -> const Json* {
    const std::string other = reference.substr(reference.rfind('/') + 1);
    // Read once: models that refer to each other are looked at inside each other.
    if (auto before = referred.find(other); before != referred.end()) return &before->second;
    auto known = all.find(other);
    if (known == all.end()) return nullptr;
    auto parsed = parse_json(text_of(known->second, "schema"));
    return parsed ? &(referred[other] = std::move(*parsed)) : nullptr;
  };
  const std::vector<std::string> problems = schema_problems(*schema, *document, find_schema);
  if (problems.empty()) return {};
  for (const std::string& problem : problems)
    exchange.validation_error += (exchange.validation_error.empty() ? "[" : ", ") + problem;
  exchange.validation_error += "]";
  return refusal;
}

/// Tells a bucket's limits from a plan's `throttle`; -1: none.
std::pair<double, double> limits_of(const Json* throttle) {
  const Json* rate = throttle ? find(*throttle, "rateLimit") : nullptr;
  const Json* burst = throttle ? find(*throttle, "burstLimit") : nullptr;
  if (!rate || !rate->is_number()) return {-1, -1};
  // A rate alone holds as many as it lets through in a second.
  return {rate->get<double>(), burst && burst->is_number() ? burst->get<double>() : std::max(1.0, rate->get<double>())};
}

std::string masked_key(const std::string& value) {
  return value.size() <= 6 ? value : std::string(value.size() - 6, '*') + value.substr(value.size() - 6);
}

}  // namespace

Result<void> validate(Exchange& exchange) {
  const auto& all = exchange.live.deployment->validators;
  auto found = all.find(text_of(*exchange.method, "requestValidatorId"));
  if (found == all.end()) return {};
  if (bool_of(found->second, "validateRequestParameters")) {
    const std::vector<std::string> missing = missing_parameters(exchange);
    std::string listed;
    for (const std::string& name : missing) listed += (listed.empty() ? "" : ", ") + name;
    if (!missing.empty())
      return gateway_error("BAD_REQUEST_PARAMETERS", "Missing required request parameters: [" + listed + "]");
  }
  return bool_of(found->second, "validateRequestBody") ? check_body(exchange) : Result<void>();
}

Result<void> UsagePlans::within(Exchange& exchange, const Json& plan, const Json& stage) {
  const std::string plan_id = text_of(plan, "id"), client = plan_id + "/" + exchange.api_key_id;
  const std::string where = exchange.live.id + "/" + exchange.live.stage;
  const std::string method = exchange.resource_path() + "/" + exchange.verb();
  const Millis now = gateway_.context.clock.now_ms();
  const auto [rate, burst] = limits_of(find(plan, "throttle"));
  const Json* methods = find(stage, "throttle");
  const auto [method_rate, method_burst] = limits_of(methods ? find(*methods, method) : nullptr);
  const bool passes =
      (rate < 0 || throttle_.take(client, rate, burst, now)) &&
      (method_rate < 0 || throttle_.take(client + "/" + where + method, method_rate, method_burst, now));
  if (!passes) {
    exchange.trace.note("Key throttle limit exceeded for Usage Plan ID " + plan_id + " and API Stage " + where);
    return gateway_error("THROTTLED", "Too Many Requests");
  }
  if (!gateway_.usage.count(exchange.live.scope, plan_id, exchange.api_key_id, find(plan, "quota"))) {
    exchange.trace.note("Quota limit exceeded for Usage Plan ID " + plan_id + " and API Stage " + where);
    return gateway_error("QUOTA_EXCEEDED", "Limit Exceeded");
  }
  exchange.trace.note("Usage Plan check succeeded for API Key " + masked_key(exchange.api_key) + " and API Stage " +
                      where);
  return {};
}

Result<void> UsagePlans::check(Exchange& exchange) {
  if (!bool_of(*exchange.method, "apiKeyRequired")) return {};
  const AwsError forbidden = gateway_error("INVALID_API_KEY", "Forbidden");
  const bool by_authorizer = text_of(exchange.live.deployment->api, "apiKeySource") == "AUTHORIZER";
  const std::string value =
      by_authorizer ? exchange.usage_key : std::string(exchange.call->http.headers.get("x-api-key"));
  exchange.trace.note("Verifying Usage Plan for request: " + exchange.request_id + ". API Key: " + masked_key(value) +
                      " API Stage: " + exchange.live.id + "/" + exchange.live.stage);
  if (value.empty()) return forbidden;
  const auto reader = gateway_.context.store.snapshot();
  const Scope& scope = exchange.live.scope;
  auto by_value = storage::get_document(*reader, own_key(scope, "key-value", value));
  const std::string id = by_value ? text_of(*by_value, "id") : "";
  auto key = id.empty() ? std::nullopt : storage::get_document(*reader, own_key(scope, "key", id));
  if (!key || !bool_of(*key, "enabled")) return forbidden;
  for (const Json& plan : storage::list_documents(*reader, own_prefix(scope, "plan"))) {
    if (!storage::get_document(*reader, part_key(scope, "plan-key", text_of(plan, "id"), id))) continue;
    const Json stages = plan.value("apiStages", Json::array());
    const auto listed = std::find_if(stages.begin(), stages.end(), [&](const Json& one) {
      return text_of(one, "apiId") == exchange.live.id && text_of(one, "stage") == exchange.live.stage;
    });
    if (listed == stages.end()) continue;
    exchange.api_key = value;
    exchange.api_key_id = id;
    return within(exchange, plan, *listed);
  }
  return forbidden;
}

}  // namespace millrace::apigateway::rest
