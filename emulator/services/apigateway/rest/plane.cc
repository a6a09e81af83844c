#include "emulator/services/apigateway/rest/plane.h"

#include "emulator/base/encoding.h"
#include "emulator/base/trace.h"
#include "emulator/services/apigateway/rest/gateway_reply.h"
#include "emulator/services/apigateway/rest/integrate.h"

namespace millrace::apigateway::rest {

using namespace protocol;

namespace {

constexpr ErrorKind kForbidden{"ForbiddenException", 403};

AwsError missing_token() {
  return gateway_error("MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token");
}

/// Without a method AWS takes an Authorization header for a signature, and says what is wrong with it.
AwsError no_method(const HttpRequest& request) {
  const std::string header(request.headers.get("authorization"));
  if (header.empty() || header.starts_with("AWS4-HMAC-SHA256")) return missing_token();
  const std::string token = header.substr(header.rfind(' ') + 1);
  static const ErrorKind kind{"IncompleteSignatureException", 403};
  return {kind,
          "'" + token + "' not a valid key=value pair (missing equal-sign) in Authorization header: '" + header + "'."};
}

/// The account in an ARN but for its last four digits.
std::string masked(const std::string& arn) {
  std::string out = arn;
  size_t from = 0;
  for (int colon = 0; colon < 4; ++colon) from = out.find(':', from) + 1;
  const size_t end = out.find(':', from);
  for (size_t i = from; end != std::string::npos && i + 4 < end; ++i) out[i] = '*';
  return out;
}

}  // namespace

Plane::Plane(Gateway& gateway, Outside outside)
    : gateway_(gateway), outside_(std::move(outside)), lives_(gateway), plans_(gateway), log_(gateway, outside_.log) {}

bool Plane::owns(const std::string& api) const {
  const auto back = gateway_.document(gateway_.context.store, way_back_key(api));
  return back && bool_of(*back, "rest");
}

Result<void> Plane::find_route(Exchange& exchange, const ApiRequest& request) {
  exchange.path = request.path;
  exchange.base = request.base;
  exchange.request_id = gateway_.context.random.uuid();
  auto live = lives_.find(request.id, exchange.path);
  if (!live) return AwsError(kForbidden, "Forbidden");
  exchange.live = std::move(*live);
  if (exchange.live.disabled && !request.base) return AwsError(kForbidden, "Forbidden");
  auto match = match_resource(exchange.live.deployment->resources, exchange.path);
  if (!match) return no_method(exchange.call->http);
  exchange.match = std::move(*match);
  const Json& methods = exchange.match.resource->methods;
  exchange.method = find(methods, exchange.verb());
  if (!exchange.method) exchange.method = find(methods, "ANY");
  if (!exchange.method) return no_method(exchange.call->http);
  exchange.settings = method_settings(exchange.live.stage_document, exchange.resource_path(), exchange.verb());
  return {};
}

Result<AccessNeeds> Plane::needs(const Call& call, const ApiRequest& request) {
  Exchange exchange;
  exchange.call = std::make_shared<Call>(call);
  if (find_route(exchange, request).has_error()) return AccessNeeds{};  // run() says what is wrong
  if (text_of(*exchange.method, "authorizationType") != "AWS_IAM") return AccessNeeds{};
  if (call.caller.anonymous) return missing_token();
  AccessNeed need{"execute-api:Invoke", exchange.method_arn()};
  need.resource_policy = resource_policy(exchange.live);
  if (call.caller.account != exchange.live.scope.account) need.resource_account = exchange.live.scope.account;
  return AccessNeeds{std::move(need)};
}

void Plane::run(std::shared_ptr<Call> call, const ApiRequest& request, Responder respond) {
  auto exchange = std::make_shared<Exchange>();
  exchange->call = std::move(call);
  exchange->respond = std::move(respond);
  if (Result<void> found = find_route(*exchange, request); found.has_error())
    return finish(exchange, std::move(found).error());
  set_level(*exchange);
  authorize(gateway_, *outside_.functions, exchange, [this, exchange](Result<void> verdict) {
    if (verdict.has_error()) return finish(exchange, std::move(verdict).error());
    admitted(exchange);
  });
}

Result<void> Plane::within_rates(const Exchange& exchange) {
  const AwsError refusal = gateway_error("THROTTLED", "Too Many Requests");
  const Live& live = exchange.live;
  const Millis now = gateway_.context.clock.now_ms();
  if (exchange.settings) {
    // -1 is what Terraform sends for "no limit of its own".
    const Json* rate = find(*exchange.settings, "throttlingRateLimit");
    const Json* burst = find(*exchange.settings, "throttlingBurstLimit");
    const bool limited = rate && burst && rate->is_number() && burst->is_number() && rate->get<double>() >= 0 &&
                         burst->get<double>() >= 0;
    const std::string name = live.id + "/" + live.stage + "/" + exchange.resource_path() + "/" + exchange.verb();
    if (limited && !throttle_.take(name, rate->get<double>(), burst->get<double>(), now)) return refusal;
  }
  if (!gateway_.context.throttle) return {};
  const bool taken = throttle_.take(live.scope.account + "/" + live.scope.region, kAccountRate, kAccountBurst, now);
  return taken ? Result<void>() : refusal;
}

void Plane::admitted(const std::shared_ptr<Exchange>& exchange) {
  const trace::Scope scope(exchange->call->request_id);
  if (Result<void> allowed = plans_.check(*exchange); allowed.has_error())
    return finish(exchange, std::move(allowed).error());
  if (Result<void> allowed = within_rates(*exchange); allowed.has_error())
    return finish(exchange, std::move(allowed).error());
  trace_request(*exchange);
  if (Result<void> valid = validate(*exchange); valid.has_error()) return finish(exchange, std::move(valid).error());
  integrate(gateway_, outside_, exchange,
            [this, exchange](Result<HttpReply> reply) { finish(exchange, std::move(reply)); });
}

void Plane::add_headers(const Exchange& exchange, HttpReply& reply, bool by_gateway) const {
  reply.headers.set("x-amzn-RequestId", exchange.request_id);
  reply.headers.set("x-amz-apigw-id", exchange.call->request_id);
  if (by_gateway) return;
  const std::string type = text_of(exchange.integration(), "type");
  if (type != "AWS" && type != "AWS_PROXY" && type != "HTTP") return;
  for (const auto& [name, value] : headers_of(exchange)) {
    if (name == "X-Amzn-Trace-Id") reply.headers.set("X-Amzn-Trace-Id", value);
  }
}

namespace {

/// For `millrace trace`: which method it met, and why it ended as it did.
void note_answer(const Exchange& exchange, int status) {
  if (!trace::on()) return;
  const Live& live = exchange.live;
  std::string reason = !exchange.failure.empty() ? exchange.failure : exchange.error_message;
  if (!exchange.error_type.empty()) reason = exchange.error_type + (reason.empty() ? "" : ": " + reason);
  if (!exchange.authorizer_run.error.empty()) reason += ". " + exchange.authorizer_run.error;
  trace::note({.kind = "method",
               .key = exchange.request_id,
               .causes = {exchange.call->request_id},
               .subject = exchange.method_arn(),
               .text = (exchange.method ? "method " + exchange.verb() + " " + exchange.resource_path()
                                        : std::string("no method")) +
                       " of REST API " + live.id + ", stage " + live.stage + ": " + std::to_string(status),
               .reason = status >= 400 ? std::move(reason) : std::string(),
               .failed = status >= 400});
}

}  // namespace

void Plane::tell(const Exchange& exchange, const HttpReply& reply) {
  log_.write(exchange, reply);
  note_answer(exchange, reply.status);
  const Live& live = exchange.live;
  if (!live.deployment) return;  // no such API or stage: nobody's
  const bool detailed = exchange.settings && bool_of(*exchange.settings, "metricsEnabled");
  outside_.meter->rest(live.scope, text_of(live.deployment->api, "name"), live.stage, exchange.resource_path(),
                       exchange.verb(), detailed,
                       {reply.status, gateway_.context.clock.now_ms() - exchange.call->received_ms,
                        exchange.integration_ms, reply.body.size()});
}

void Plane::finish(const std::shared_ptr<Exchange>& exchange, Result<HttpReply> result) {
  const bool by_gateway = result.has_error();
  HttpReply reply = by_gateway ? gateway_reply(*exchange, result.error()) : std::move(*result);
  add_headers(*exchange, reply, by_gateway);
  trace_reply(*exchange, reply, by_gateway);
  tell(*exchange, reply);
  exchange->respond(std::move(reply));
}

HttpReply Plane::refusal(const Call& call, const ApiRequest& request, const AwsError& error) {
  Exchange exchange;
  exchange.call = std::make_shared<Call>(call);
  (void)find_route(exchange, request).has_error();  // as far as it leads: for the API's own gateway responses
  HttpReply reply = gateway_reply(exchange, error);
  add_headers(exchange, reply, true);
  tell(exchange, reply);
  return reply;
}

AwsError sign_in_refusal(SignInError error) {
  static const ErrorKind unknown{"UnrecognizedClientException", 403};
  switch (error) {
    case SignInError::missing_token: return missing_token();
    case SignInError::invalid_token: return {unknown, "The security token included in the request is invalid."};
    case SignInError::expired_token:
    case SignInError::expired_request:
      return gateway_error("EXPIRED_TOKEN", "The security token included in the request is expired");
    default:
      return gateway_error(
          "INVALID_SIGNATURE",
          "The request signature we calculated does not match the signature you provided. Check your AWS "
          "Secret Access Key and signing method. Consult the service documentation for details.");
  }
}

AwsError denied(const Denial& denial) {
  const bool is_explicit = denial.reason.find("explicit deny") != std::string::npos;
  return access_denied_error("User: " + denial.principal_arn + " is not authorized to perform: " + denial.action +
                             " on resource: " + masked(denial.resource) +
                             (is_explicit ? " with an explicit deny" : ""));
}

}  // namespace millrace::apigateway::rest
