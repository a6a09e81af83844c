#include "emulator/services/apigateway/rest/log.h"

#include "emulator/base/arn.h"
#include "emulator/base/encoding.h"
#include "emulator/base/log.h"
#include "emulator/services/apigateway/log_group.h"
#include "emulator/services/apigateway/rest/gateway_reply.h"

namespace millrace::apigateway::rest {

namespace {

constexpr size_t kLineMax = 1024;  // bytes of an execution log's line, as API Gateway documents it

std::string hex_name(const std::string& text) {
  return to_hex(md5(text));
}

/// $context.integration.*, and its older names.
void add_integration(const Exchange& exchange, Json& context) {
  Json integration = Json::object();
  const auto both = [&](const char* old_name, const char* name, const std::string& value) {
    context[old_name] = value;
    integration[name] = value;
  };
  if (exchange.integration_ms >= 0) both("integrationLatency", "latency", std::to_string(exchange.integration_ms));
  if (exchange.integration_status > 0) {
    both("integrationStatus", "status", std::to_string(exchange.integration_status));
    integration["integrationStatus"] = std::to_string(exchange.integration_status);
  }
  if (!exchange.integration_request_id.empty())
    both("awsEndpointRequestId", "requestId", exchange.integration_request_id);
  if (!exchange.failure.empty()) both("integrationErrorMessage", "error", exchange.failure);
  context["integration"] = std::move(integration);
}

/// $context.{authorizer,authenticate,authorize}.{status,latency,error,requestId}: how the steps before went.
void add_authorization(const Exchange& exchange, Json& context) {
  const std::string kind = exchange.method ? text_of(*exchange.method, "authorizationType") : "NONE";
  const AuthorizerRun& run = exchange.authorizer_run;
  if (run.status > 0) {
    Json authorizer = exchange.authorizer.is_object() ? exchange.authorizer : Json::object();
    Json authorize = {{"status", std::to_string(run.status)}, {"latency", std::to_string(run.latency_ms)}};
    if (!run.error.empty()) authorize["error"] = run.error;
    for (const auto& [name, value] : authorize.items()) authorizer[name] = value;
    authorizer["integrationStatus"] = std::to_string(run.status);
    authorizer["integrationLatency"] = std::to_string(run.latency_ms);
    if (!run.request_id.empty()) authorizer["requestId"] = run.request_id;
    context["authorizer"] = std::move(authorizer);
    context["authorize"] = std::move(authorize);
  }
  if (kind != "AWS_IAM") return;
  const bool passed = exchange.error_type.empty() || exchange.integration_ms >= 0;
  Json step = {{"status", passed ? "200" : "403"}, {"latency", "0"}};
  if (!passed) step["error"] = exchange.error_message;
  context["authenticate"] = step;
  context["authorize"] = std::move(step);
}

}  // namespace

void RequestLogs::write(const Exchange& exchange, const protocol::HttpReply& reply) const {
  if (!exchange.failure.empty())
    log::info("API " + exchange.live.id + ": request " + exchange.request_id + ": " + exchange.failure);
  if (!sink_) return;
  write_access_line(exchange, reply);
  if (!exchange.trace.lines.empty()) write_execution(exchange);
}

std::string RequestLogs::account_role(const Exchange& exchange) const {
  auto account = storage::get_document(gateway_.context.store, own_key(exchange.live.scope, "account", ""));
  return account ? text_of(*account, "cloudwatchRoleArn") : "";
}

void RequestLogs::write_access_line(const Exchange& exchange, const protocol::HttpReply& reply) const {
  const Json* settings = find(exchange.live.stage_document, "accessLogSettings");
  if (!settings) return;
  const std::string format = text_of(*settings, "format");
  auto target = log_group(text_of(*settings, "destinationArn"));
  if (!target || format.empty()) return;
  Json context = context_of(exchange);
  context["status"] = std::to_string(reply.status);
  context["responseLength"] = std::to_string(reply.body.size());
  context["responseLatency"] = std::to_string(gateway_.context.clock.now_ms() - exchange.call->received_ms);
  context["xrayTraceId"] = exchange.trace_root();
  if (exchange.base) context["customDomain"]["basePathMatched"] = exchange.base->substr(exchange.base->empty() ? 0 : 1);
  add_integration(exchange, context);
  add_authorization(exchange, context);
  if (!exchange.error_type.empty())
    context["error"] = {{"message", exchange.error_message},
                        {"messageString", to_text(Json(exchange.error_message))},
                        {"responseType", exchange.error_type},
                        {"validationErrorString", exchange.validation_error}};
  target->stream = hex_name(exchange.live.id + "/" + exchange.live.stage);
  target->role_arn = account_role(exchange);
  sink_->append(*target, {{gateway_.context.clock.now_ms(), substituted(exchange, context, format, "-")}});
}

void RequestLogs::write_execution(const Exchange& exchange) const {
  ports::LogTarget target;
  target.account = exchange.live.scope.account;
  target.region = exchange.live.scope.region;
  target.group = "API-Gateway-Execution-Logs_" + exchange.live.id + "/" + exchange.live.stage;
  target.stream = hex_name(exchange.live.id + "/" + exchange.live.stage + "/execution");
  target.role_arn = account_role(exchange);
  if (target.role_arn.empty()) return;  // as on AWS: without the account's role there are no logs
  std::vector<ports::LogLine> lines;
  const Millis now = gateway_.context.clock.now_ms();
  lines.push_back({now, "(" + exchange.request_id + ") Extended Request Id: " + exchange.call->request_id});
  for (const std::string& line : exchange.trace.lines) {
    std::string text = "(" + exchange.request_id + ") " + line;
    if (text.size() > kLineMax) text = text.substr(0, kLineMax - 12) + " [TRUNCATED]";
    lines.push_back({now, std::move(text)});
  }
  sink_->append(target, std::move(lines));
}

}  // namespace millrace::apigateway::rest
