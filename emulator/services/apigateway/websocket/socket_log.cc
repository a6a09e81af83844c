#include "emulator/services/apigateway/websocket/socket_log.h"

#include "emulator/base/encoding.h"
#include "emulator/base/log.h"
#include "emulator/base/trace.h"
#include "emulator/services/apigateway/log_group.h"
#include "emulator/services/apigateway/rest/state.h"
#include "emulator/services/apigateway/substitution.h"

namespace millrace::apigateway {

namespace {

/// `context.identity.sourceIp` and its like; nullopt: the event hasn't got it.
std::optional<std::string> value_of(const Json& context, const SocketOutcome& outcome, const std::string& name) {
  const auto number = [](int64_t value) { return value < 0 ? std::nullopt : std::optional(std::to_string(value)); };
  if (!name.starts_with("context.")) return std::nullopt;
  const std::string rest = name.substr(8);
  if (rest == "status") return std::to_string(outcome.status);
  if (rest == "responseLength") return std::to_string(outcome.response_bytes);
  if (rest == "responseLatency") return std::to_string(outcome.latency_ms);
  if (rest == "integrationLatency" || rest == "integration.latency") return number(outcome.integration_ms);
  if (rest == "integrationStatus" || rest == "integration.status" || rest == "integration.integrationStatus")
    return outcome.integration_status == 0 ? std::nullopt : number(outcome.integration_status);
  const bool failure = rest == "integrationErrorMessage" || rest == "integration.error" || rest == "error.message";
  if (failure) return outcome.error.empty() ? std::nullopt : std::optional(outcome.error);
  if (rest == "error.messageString" && !outcome.error.empty()) return to_text(Json(outcome.error));
  const Json* at = &context;
  for (size_t from = 0; at && from <= rest.size();) {
    const size_t dot = std::min(rest.find('.', from), rest.size());
    at = find(*at, rest.substr(from, dot - from));
    from = dot + 1;
  }
  if (!at || at->is_structured()) return std::nullopt;
  return at->is_string() ? at->get<std::string>() : to_text(*at);
}

std::string account_role(const Gateway& gateway, const Live& live) {
  const auto account =
      gateway.document(gateway.context.store, rest::own_key({live.api.account, live.api.region}, "account", ""));
  return account ? text_of(*account, "cloudwatchRoleArn") : "";
}

void write_access_line(const Gateway& gateway, const Outside& outside, const Live& live, const Json& context,
                       const SocketOutcome& outcome) {
  auto target = log_group(live.stage.log_destination);
  if (!target || live.stage.log_format.empty()) return;
  target->stream = to_hex(md5(live.api.id + "/" + live.stage.name));
  target->role_arn = account_role(gateway, live);
  const std::string line = substituted(
      live.stage.log_format, [&](const std::string& name) { return value_of(context, outcome, name); }, "-");
  outside.log->append(*target, {{gateway.context.clock.now_ms(), line}});
}

// unverified: the lines' words and the group's name; AWS documents neither for WebSocket APIs.
void write_execution(const Gateway& gateway, const Outside& outside, const Live& live, const Json& context,
                     const SocketOutcome& outcome) {
  const RouteSettings& settings = live.stage.settings_of(text_of(context, "routeKey"));
  if (settings.logging_level != "INFO" && settings.logging_level != "ERROR") return;
  ports::LogTarget target;
  target.account = live.api.account;
  target.region = live.api.region;
  target.group = "/aws/apigateway/" + live.api.id + "/" + live.stage.name;
  target.stream = to_hex(md5(live.api.id + "/" + live.stage.name + "/execution"));
  target.role_arn = account_role(gateway, live);
  if (target.role_arn.empty()) return;
  std::vector<ports::LogLine> lines;
  const auto add = [&](const std::string& text) {
    lines.push_back({gateway.context.clock.now_ms(), "(" + text_of(context, "requestId") + ") " + text});
  };
  if (settings.logging_level == "INFO") {
    add("Extended Request Id: " + text_of(context, "extendedRequestId"));
    add("Starting execution for request: " + text_of(context, "requestId"));
    add("WebSocket API route key: " + text_of(context, "routeKey") + ", event type: " + text_of(context, "eventType") +
        ", connection: " + text_of(context, "connectionId"));
  }
  if (!outcome.error.empty()) add("Execution failed due to configuration error: " + outcome.error);
  if (settings.logging_level == "INFO" && outcome.error.empty()) add("Successfully completed execution");
  if (settings.logging_level == "INFO" || outcome.status >= 400)
    add("Method completed with status: " + std::to_string(outcome.status));
  if (!lines.empty()) outside.log->append(target, std::move(lines));
}

void count(const Outside& outside, const Live& live, const Json& context, const SocketOutcome& outcome) {
  const auto add = [&](const char* metric, double value) {
    outside.meter->web_socket({live.api.account, live.api.region}, live.api.id, live.stage.name, metric, value);
  };
  add(text_of(context, "eventType") == "CONNECT" ? "ConnectCount" : "MessageCount", 1);
  if (outcome.integration_ms >= 0) add("IntegrationLatency", static_cast<double>(outcome.integration_ms));
  add("ClientError", outcome.integration_ms < 0 && outcome.status >= 400 && outcome.status < 500 ? 1 : 0);
  add("ExecutionError", outcome.error.empty() ? 0 : 1);
  add("IntegrationError", outcome.integration_status >= 400 ? 1 : 0);
}

}  // namespace

void tell_socket_event(const Gateway& gateway, const Outside& outside, const Live& live, const Json& context,
                       const SocketOutcome& outcome) {
  if (!outcome.error.empty())
    log::info("API " + live.api.id + ": connection " + text_of(context, "connectionId") + ", route " +
              text_of(context, "routeKey") + ": " + outcome.error);
  if (trace::on())
    trace::note({.kind = "route",
                 .key = text_of(context, "requestId"),
                 .subject = "arn:aws:execute-api:" + live.api.region + ":" + live.api.account + ":" + live.api.id +
                            "/" + live.stage.name + "/" + text_of(context, "routeKey"),
                 .text = "route " + text_of(context, "routeKey") + " of WebSocket API " + live.api.id +
                         ", connection " + text_of(context, "connectionId") + ": " + std::to_string(outcome.status),
                 .reason = outcome.error,
                 .failed = outcome.status >= 400});
  count(outside, live, context, outcome);
  write_access_line(gateway, outside, live, context, outcome);
  write_execution(gateway, outside, live, context, outcome);
}

}  // namespace millrace::apigateway
