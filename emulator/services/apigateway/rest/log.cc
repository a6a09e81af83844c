#include "emulator/services/apigateway/rest/log.h"

#include "emulator/base/arn.h"
#include "emulator/base/encoding.h"
#include "emulator/base/log.h"
#include "emulator/services/apigateway/rest/gateway_reply.h"

namespace millrace::apigateway::rest {

void AccessLog::write(const Exchange& exchange, const protocol::HttpReply& reply) const {
  if (!exchange.failure.empty())
    log::info("API " + exchange.live.id + ": request " + exchange.request_id + ": " + exchange.failure);
  const Json* settings = find(exchange.live.stage_document, "accessLogSettings");
  if (!settings || !sink_) return;
  auto arn = Arn::parse(text_of(*settings, "destinationArn"));
  const std::string format = text_of(*settings, "format");
  if (!arn || arn->service != "logs" || format.empty() || !arn->resource.starts_with("log-group:")) return;
  Json context = context_of(exchange);
  context["status"] = std::to_string(reply.status);
  context["responseLength"] = std::to_string(reply.body.size());
  context["responseLatency"] = std::to_string(gateway_.context.clock.now_ms() - exchange.call->received_ms);
  if (exchange.integration_ms >= 0) {
    context["integrationLatency"] = std::to_string(exchange.integration_ms);
    context["integration"]["latency"] = context["integrationLatency"];
  }
  if (exchange.integration_status > 0) {
    context["integrationStatus"] = std::to_string(exchange.integration_status);
    context["integration"]["status"] = context["integrationStatus"];
    context["integration"]["integrationStatus"] = context["integrationStatus"];
  }
  if (!exchange.failure.empty()) {
    context["integrationErrorMessage"] = exchange.failure;
    context["integration"]["error"] = exchange.failure;
  }
  if (!exchange.error_type.empty())
    context["error"] = {{"message", exchange.error_message},
                        {"messageString", to_text(Json(exchange.error_message))},
                        {"responseType", exchange.error_type}};
  std::string group = arn->resource.substr(10);
  if (group.ends_with(":*")) group.resize(group.size() - 2);
  ports::LogTarget target;
  target.account = arn->account;
  target.region = arn->region;
  target.group = group;
  target.stream = to_hex(md5(exchange.live.id + "/" + exchange.live.stage));
  auto account = storage::get_document(gateway_.context.store, own_key(exchange.live.scope, "account", ""));
  target.role_arn = account ? text_of(*account, "cloudwatchRoleArn") : "";
  sink_->append(target, {{gateway_.context.clock.now_ms(), substituted(exchange, context, format, "-")}});
}

}  // namespace millrace::apigateway::rest
