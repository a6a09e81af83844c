#include "emulator/services/apigateway/http_log.h"

#include "emulator/base/log.h"
#include "emulator/protocol/http_events.h"
#include "emulator/services/apigateway/http_outgoing.h"
#include "emulator/services/apigateway/log_group.h"
#include "emulator/services/apigateway/substitution.h"

namespace millrace::apigateway {

namespace {

std::optional<std::string> value_of(const Gateway& gateway, const Routed& request, const protocol::HttpReply& reply,
                                    const Outcome& outcome, const std::string& name) {
  const auto some = [](std::string text) { return text.empty() ? std::nullopt : std::optional(std::move(text)); };
  if (name == "context.status") return std::to_string(reply.status);
  if (name == "context.responseLength" || name == "context.dataProcessed") return std::to_string(reply.body.size());
  if (name == "context.protocol") return "HTTP/1.1";
  if (name == "context.responseLatency")
    return std::to_string(gateway.context.clock.now_ms() - request.call.received_ms);
  if (name == "context.requestTimeEpoch") return std::to_string(request.call.received_ms);
  if (name == "context.requestTime") return protocol::log_time(request.call.received_ms);
  if (name == "context.integrationErrorMessage" || name == "context.integration.error")
    return some(outcome.integration_error);
  const bool latency = name == "context.integrationLatency" || name == "context.integration.latency";
  if (latency) return outcome.integration_ms < 0 ? std::nullopt : std::optional(std::to_string(outcome.integration_ms));
  if (name == "context.integrationStatus" || name == "context.integration.status")
    return outcome.integration_status == 0 ? std::nullopt : std::optional(std::to_string(outcome.integration_status));
  if (name == "context.awsEndpointRequestId" || name == "context.integration.requestId")
    return some(outcome.integration_request_id);
  if (name == "context.integration.integrationStatus")
    return outcome.integration_status == 0 ? std::nullopt : std::optional(std::to_string(outcome.integration_status));
  if (name == "context.authorizer.latency" || name == "context.authorizer.integrationLatency")
    return outcome.authorizer_ms < 0 ? std::nullopt : std::optional(std::to_string(outcome.authorizer_ms));
  if (name == "context.authorizer.error") return some(outcome.authorizer_error);
  if (name == "context.error.message" || name == "context.error.messageString") {
    auto document = reply.status >= 400 ? parse_json(reply.body) : std::nullopt;
    const std::string text = document ? text_of(*document, "message") : "";
    return text.empty() ? std::nullopt : std::optional(name.ends_with("String") ? to_text(Json(text)) : text);
  }
  return some(parameter_value(request, "$" + name));
}

}  // namespace

void write_access_log(const Gateway& gateway, ports::LogSink* sink, const Routed& request,
                      const protocol::HttpReply& reply, const Outcome& outcome) {
  if (!outcome.authorizer_error.empty())
    log::info("API " + request.api.id + ": request " + request.call.request_id + ": " + outcome.authorizer_error);
  if (!outcome.integration_error.empty())
    log::info("API " + request.api.id + ": request " + request.call.request_id + ": " + outcome.integration_error);
  auto target = log_group(request.stage.log_destination);
  if (!sink || !target) return;
  const std::string day = iso_seconds(gateway.context.clock.now_ms()).substr(0, 10);
  target->stream = request.api.id + "/" + request.stage.name + "/" + day;  // unverified: the stream's name
  target->of_service = true;
  const std::string line = substituted(
      request.stage.log_format,
      [&](const std::string& name) { return value_of(gateway, request, reply, outcome, name); }, "-");
  sink->append(*target, {{gateway.context.clock.now_ms(), line}});
}

}  // namespace millrace::apigateway
