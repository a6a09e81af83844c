#include "emulator/services/apigateway/http_plane.h"

#include "emulator/base/lineage.h"
#include "emulator/base/trace.h"
#include "emulator/protocol/http_events.h"
#include "emulator/services/apigateway/callers_own.h"
#include "emulator/services/apigateway/cors.h"
#include "emulator/services/apigateway/http_event.h"
#include "emulator/services/apigateway/http_outgoing.h"

namespace millrace::apigateway {

using namespace protocol;

namespace {

constexpr ErrorKind kGone{"GoneException", 410};
constexpr ErrorKind kNotFound{"NotFound", 404};
constexpr ErrorKind kForbidden{"Forbidden", 403};
constexpr ErrorKind kUnauthorized{"Unauthorized", 401};
constexpr ErrorKind kTooLarge{"RequestEntityTooLarge", 413};
constexpr ErrorKind kTooMany{"TooManyRequests", 429};
constexpr ErrorKind kInternal{"InternalServerError", 500, "", "message", Fault::server};
constexpr const char* kNoPermission =
    "The IAM role configured on the integration or API Gateway doesn't have permissions to call the integration. "
    "Check the permissions and try again.";
constexpr ErrorKind kUnavailable{"ServiceUnavailable", 503, "", "message", Fault::server};

}  // namespace

/// Everything about a request to a stage; lives until its answer.
struct Flight {
  std::shared_ptr<const Call> call;
  Live live;
  std::string path;                 // below the stage
  std::optional<RouteMatch> match;  // none: nothing takes it
  bool preflight = false;           // that the gateway answers
  Responder respond;
  Json authorizer;
  Outcome outcome;

  const Route& route() const {
    static const Route none;
    return match ? live.deployment->routes[match->index] : none;
  }
  const Integration* integration() const {
    auto found = live.deployment->integrations.find(route().integration_id);
    return found == live.deployment->integrations.end() ? nullptr : &found->second;
  }
  Routed routed() const {
    static const std::map<std::string, std::string> none;
    return {*call, live.api, live.stage, route(), path, match ? match->values : none, authorizer};
  }
};

namespace {

/// Answers once, in time or not: a late answer of the function goes nowhere.
class Answering {
 public:
  Answering(Timers& timers, Responder respond) : timers_(timers), respond_(std::move(respond)) {}

  static void arm(const std::shared_ptr<Answering>& self, Millis at) {
    self->timer_ = self->timers_.at(at, [self] { self->give(AwsError(kUnavailable, "Service Unavailable")); });
  }
  void give(Result<HttpReply> reply) {
    if (given_.exchange(true)) return;
    timers_.cancel(timer_);
    respond_(std::move(reply));
  }

 private:
  Timers& timers_;
  Responder respond_;
  std::atomic<TimerId> timer_ = 0;
  std::atomic<bool> given_ = false;
};

AwsError refusal(const ErrorKind& kind, const char* words, const Admission& admission) {
  Json extra = Json::object();
  if (!admission.challenge.empty()) extra["challenge"] = admission.challenge;
  return {kind, words, std::move(extra)};
}

/// `arn:aws:execute-api:R:A:api/stage/GET/items/{id}`; the $default route's ends in `/$default`.
std::string source_arn(const Routed& request) {
  std::string out = "arn:aws:execute-api:" + request.api.region + ":" + request.api.account + ":" + request.api.id +
                    "/" + request.stage.name + "/";
  if (request.route.key.is_default()) return out + "$default";
  const std::string& key = request.route.key_text;
  // unverified: an ANY route shows the request's own method.
  return out + request.call.http.method + key.substr(key.find(' ') + 1);
}

void integrate_function(Gateway& gateway, const Outside& outside, const std::shared_ptr<Flight>& flight,
                        const Integration& integration, const std::shared_ptr<Answering>& answering) {
  const Routed routed = flight->routed();
  const bool second = integration.payload_version == "2.0";
  ports::FunctionCall call;
  call.function_arn = function_in(with_stage_variables(integration.uri, flight->live.stage));
  call.payload = second ? event_2_0(routed) : event_1_0(routed);
  call.request_id = gateway.context.random.uuid();
  call.service_principal = "apigateway.amazonaws.com";
  call.source_arn = source_arn(routed);
  call.source_account = flight->live.api.account;
  const std::string_view trace = routed.call.http.headers.get("x-amzn-trace-id");
  call.trace_header = trace.empty() ? trace_root(routed.call) : without_lineage(trace);
  if (is_role(integration.credentials)) call.role_arn = integration.credentials;
  if (means_caller(integration.credentials)) {
    call.caller_may = caller_may_invoke(outside.identity, *flight->call, call.function_arn);
    if (!call.caller_may) {
      flight->outcome.integration_error = kNoPermission;
      return answering->give(http_errors::internal_error());
    }
  }
  flight->outcome.integration_request_id = call.request_id;
  outside.functions->call(std::move(call), [flight, answering, second](ports::FunctionAnswer answer) {
    using Status = ports::FunctionAnswer::Status;
    if (answer.status == Status::function_error)
      flight->outcome.integration_error =
          "The Lambda function returned the following error: Unhandled. Check your Lambda function code and try again.";
    if (answer.status == Status::throttled)
      flight->outcome.integration_error = "Lambda was throttled: " + answer.payload;
    if (answer.status == Status::not_allowed || answer.status == Status::not_found)
      flight->outcome.integration_error = kNoPermission;
    if (answer.status != Status::ok) return answering->give(http_errors::internal_error());
    flight->outcome.integration_status = 200;
    auto reply = second ? reply_2_0(answer.payload) : reply_1_0(answer.payload);
    if (!reply) {
      flight->outcome.integration_error =
          "The response from the Lambda function doesn't match the format that API Gateway "
          "expects. Lambda body contains the wrong type for field";  // unverified
      return answering->give(http_errors::internal_error());
    }
    answering->give(std::move(*reply));
  });
}

void integrate_http(const Outside& outside, const std::shared_ptr<Flight>& flight, const Integration& integration,
                    const std::shared_ptr<Answering>& answering) {
  outside.http->call(http_call(flight->routed(), integration),
                     [flight, answering, &integration](ports::HttpAnswer answer) {
                       flight->outcome.integration_status = answer.status;
                       if (answer.status == 0) {
                         flight->outcome.integration_error = answer.body;
                         // unverified: 500 or 503 where the backend can't be reached.
                         return answering->give(AwsError(kUnavailable, "Service Unavailable"));
                       }
                       answering->give(http_reply(flight->routed(), integration, std::move(answer)));
                     });
}

void integrate_service(const Outside& outside, const std::shared_ptr<Flight>& flight, const Integration& integration,
                       const std::shared_ptr<Answering>& answering) {
  const Subtype* subtype = find_subtype(integration.subtype);
  if (!subtype) return answering->give(http_errors::internal_error());
  ports::ServiceCall call = subtype_call(flight->routed(), integration, *subtype);
  call.source_arn = source_arn(flight->routed());
  if (means_caller(integration.credentials)) {
    const auto own = credentials_of(outside.identity, *flight->call);
    if (!own) {
      flight->outcome.integration_error = kNoPermission;
      return answering->give(http_errors::internal_error());
    }
    call.session = *own;
  }
  outside.services->call(std::move(call), [flight, answering](ports::ServiceAnswer answer) {
    if (answer.status == ports::ServiceAnswer::Status::role_refused) {
      flight->outcome.integration_error = answer.body;
      return answering->give(http_errors::internal_error());
    }
    flight->outcome.integration_status = answer.http_status;
    HttpReply reply;
    reply.status = answer.http_status;
    reply.headers.set("content-type", "application/json");
    reply.body = std::move(answer.body);
    answering->give(std::move(reply));
  });
}

}  // namespace

AwsError http_errors::not_found() {
  return {kNotFound, "Not Found"};
}
AwsError http_errors::forbidden() {
  return {kForbidden, "Forbidden"};
}
AwsError http_errors::internal_error() {
  return {kInternal, "Internal Server Error"};
}
AwsError http_errors::too_large() {
  return {kTooLarge, "Request Entity Too Large"};  // unverified: the words
}

HttpReply http_error_reply(const AwsError& error) {
  HttpReply reply;
  reply.status = error.kind->http_status;
  reply.headers.set("content-type", "application/json");
  if (error.is(kGone)) reply.headers.set("x-amzn-ErrorType", error.kind->code);
  if (const Json* challenge = find(error.extra, "challenge"))
    reply.headers.set("www-authenticate", challenge->get<std::string>());
  reply.body = to_text(Json{{"message", error.message}});
  return reply;
}

Result<AccessNeeds> HttpPlane::needs(const Call& call, const Live& live, const std::string& path) const {
  const auto match = match_route(live.deployment->keys, call.http.method, path);
  if (!match || live.deployment->routes[match->index].authorization != "AWS_IAM") return AccessNeeds{};
  if (call.caller.anonymous) return http_errors::forbidden();
  const Routed routed{call, live.api, live.stage, live.deployment->routes[match->index], path, match->values, Json()};
  AccessNeed need{"execute-api:Invoke", method_arn(routed)};
  if (call.caller.account != live.api.account) need.resource_account = live.api.account;
  return AccessNeeds{std::move(need)};
}

bool HttpPlane::asks_iam(const Call& call, const Live& live, const std::string& path) {
  if (live.api.is_websocket || live.api.disabled) return false;
  const auto match = match_route(live.deployment->keys, call.http.method, path);
  return match && live.deployment->routes[match->index].authorization == "AWS_IAM";
}

void HttpPlane::run(std::shared_ptr<Call> call, std::optional<Live> live, const std::string& path, bool by_domain,
                    const Responder& respond) {
  if (!live) return respond(http_errors::not_found());
  if (live->api.disabled && !by_domain) return respond(http_errors::forbidden());
  auto flight = std::make_shared<Flight>();
  flight->call = std::move(call);
  flight->live = std::move(*live);
  flight->path = path;
  flight->respond = respond;
  flight->match = match_route(flight->live.deployment->keys, flight->call->http.method, path);
  // With a CORS configuration the gateway answers preflights itself, whatever routes there are. One that takes OPTIONS (ANY
  // or $default) keeps its authorizer, which preflights don't pass: AWS's guide has people add `OPTIONS /{proxy+}` without.
  flight->preflight = flight->live.api.cors && is_preflight(flight->call->http);
  if (flight->preflight && (!flight->match || flight->route().authorization == "NONE"))
    return respond(preflight_reply(*flight->live.api.cors, flight->call->http));
  if (!flight->match) return answer(flight, http_errors::not_found());
  admit(flight, [this, flight](Admission admission) { admitted(flight, std::move(admission)); });
}

namespace {

/// For `millrace trace`: which route it took, and why it ended as it did.
void note_answer(const Flight& flight, int status) {
  if (!trace::on()) return;
  const Live& live = flight.live;
  const Outcome& outcome = flight.outcome;
  std::string reason = !outcome.authorizer_error.empty() ? outcome.authorizer_error : outcome.integration_error;
  if (!flight.match) {
    reason = "no route takes " + flight.call->http.method + " " + flight.path;
  } else if (reason.empty() && outcome.integration_ms < 0 && status >= 400) {
    reason = status == 429 ? "beyond the route's rate"
                           : "refused by the route's authorization, " + flight.route().authorization;
  }
  trace::note({.kind = "route",
               .causes = {flight.call->request_id},
               .subject = method_arn(flight.routed()),
               .text = (flight.match ? "route " + flight.route().key_text : std::string("no route")) + " of HTTP API " +
                       live.api.id + ", stage " + live.stage.name + ": " + std::to_string(status),
               .reason = std::move(reason),
               .failed = status >= 400});
}

}  // namespace

/// The end of every flight: CORS, the access log, the client, metrics.
void HttpPlane::answer(const std::shared_ptr<Flight>& flight, Result<HttpReply> result) {
  HttpReply reply = result.has_error() ? http_error_reply(result.error()) : std::move(*result);
  const Live& live = flight->live;
  if (live.api.cors) apply_cors(*live.api.cors, flight->call->http, reply);
  write_access_log(gateway_, outside_.log, flight->routed(), reply, flight->outcome);
  const Answered answered{reply.status, gateway_.context.clock.now_ms() - flight->call->received_ms,
                          flight->outcome.integration_ms, reply.body.size()};
  note_answer(*flight, reply.status);
  flight->respond(std::move(reply));
  const std::string& route = flight->route().key_text;
  const bool detailed = flight->match && live.stage.settings_of(route).detailed_metrics;
  outside_.meter->http({live.api.account, live.api.region}, live.api.id, live.stage.name, route, detailed, answered);
}

HttpReply HttpPlane::refuse(const Call& call, Live live, const std::string& path, const AwsError& error) {
  auto flight = std::make_shared<Flight>();
  HttpReply refused;
  flight->call = std::shared_ptr<const Call>(std::shared_ptr<void>(), &call);
  flight->live = std::move(live);
  flight->path = path;
  flight->match = match_route(flight->live.deployment->keys, call.http.method, path);
  flight->respond = [&refused](Result<HttpReply> reply) { refused = std::move(reply).value(); };
  answer(flight, error);
  return refused;
}

void HttpPlane::admit(const std::shared_ptr<Flight>& flight, std::function<void(Admission)> done) {
  const Route& route = flight->route();
  if (route.authorization == "AWS_IAM") return done({Admission::Kind::admitted, iam_context(flight->call->caller), ""});
  if (route.authorization == "NONE") return done({});
  auto authorizer = flight->live.deployment->authorizers.find(route.authorizer_id);
  if (authorizer == flight->live.deployment->authorizers.end()) return done({Admission::Kind::failed, Json(), ""});
  if (authorizer->second.is_jwt) {
    const Authorizer* judge = &authorizer->second;  // the flight holds the deployment
    return keys_.find(judge->issuer, [this, flight, judge, done = std::move(done)](const Json& keys) {
      done(judge_token(*judge, flight->route(), *flight->call, keys, gateway_.context.clock.now_ms()));
    });
  }
  const Millis begun = gateway_.context.clock.now_ms();
  authorizers_.ask(*outside_.functions, authorizer->second, flight->routed(),
                   [this, flight, begun, done = std::move(done)](Admission admission) {
                     flight->outcome.authorizer_ms = gateway_.context.clock.now_ms() - begun;
                     done(std::move(admission));
                   });
}

void HttpPlane::admitted(const std::shared_ptr<Flight>& flight, Admission admission) {
  flight->outcome.authorizer_error = admission.problem;
  switch (admission.kind) {
    case Admission::Kind::failed: return answer(flight, http_errors::internal_error());
    case Admission::Kind::unauthorized: return answer(flight, refusal(kUnauthorized, "Unauthorized", admission));
    case Admission::Kind::forbidden: return answer(flight, refusal(kForbidden, "Forbidden", admission));
    case Admission::Kind::admitted: break;
  }
  if (flight->preflight) return flight->respond(preflight_reply(*flight->live.api.cors, flight->call->http));
  const Integration* integration = flight->integration();
  const Json* lambda = find(admission.context, "lambda");
  const Json* jwt = find(admission.context, "jwt");
  const bool flat = integration && integration->payload_version == "1.0" && (lambda || jwt);
  flight->authorizer = flat ? (lambda ? *lambda : *jwt) : std::move(admission.context);
  if (!gateway_.within_rates(flight->live, flight->route().key_text))
    return answer(flight, AwsError(kTooMany, "Too Many Requests"));
  integrate(flight);
}

void HttpPlane::integrate(const std::shared_ptr<Flight>& flight) {
  const trace::Scope scope(flight->call->request_id);
  const Integration* integration = flight->integration();
  if (!integration) {
    flight->outcome.integration_error = "The route has no integration.";
    return answer(flight, http_errors::internal_error());
  }
  const Millis begun = gateway_.context.clock.now_ms();
  auto answering =
      std::make_shared<Answering>(gateway_.context.timers, [this, flight, begun](Result<HttpReply> result) {
        flight->outcome.integration_ms = gateway_.context.clock.now_ms() - begun;
        answer(flight, std::move(result));
      });
  Answering::arm(answering, begun + integration->timeout_ms);
  if (integration->type == "HTTP_PROXY") return integrate_http(outside_, flight, *integration, answering);
  if (!integration->subtype.empty()) return integrate_service(outside_, flight, *integration, answering);
  integrate_function(gateway_, outside_, flight, *integration, answering);
}

}  // namespace millrace::apigateway
