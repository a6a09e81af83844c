#include "emulator/services/apigateway/execute_api.h"

#include <fstream>
#include <sstream>

#include "emulator/base/arn.h"
#include "emulator/base/encoding.h"
#include "emulator/services/apigateway/authorizers.h"
#include "emulator/services/apigateway/cors.h"
#include "emulator/services/apigateway/http_event.h"
#include "emulator/services/apigateway/http_log.h"
#include "emulator/services/apigateway/http_outgoing.h"
#include "emulator/services/apigateway/rest/gateway_reply.h"
#include "emulator/services/apigateway/rest/plane.h"
#include "emulator/services/apigateway/service.h"
#include "emulator/services/apigateway/websocket/sockets.h"

namespace millrace::apigateway {

using namespace protocol;

namespace {

constexpr std::string_view kHostMark = ".execute-api.";
constexpr std::string_view kPathPrefix = "/_aws/execute-api/";
constexpr std::string_view kOldPrefix = "/restapis/";
constexpr std::string_view kOldMark = "/_user_request_";
constexpr uint64_t kBodyMax = 10u << 20;  // API Gateway's quota for a request's payload

constexpr ErrorKind kGone{"GoneException", 410};
constexpr ErrorKind kNotFound{"NotFound", 404};
constexpr ErrorKind kForbidden{"Forbidden", 403};
constexpr ErrorKind kUnauthorized{"Unauthorized", 401};
constexpr ErrorKind kTooLarge{"RequestEntityTooLarge", 413};
constexpr ErrorKind kInternal{"InternalServerError", 500, "", "message", Fault::server};
constexpr ErrorKind kUnavailable{"ServiceUnavailable", 503, "", "message", Fault::server};

AwsError not_found() {
  return {kNotFound, "Not Found"};
}
AwsError forbidden() {
  return {kForbidden, "Forbidden"};
}
AwsError internal_error() {
  return {kInternal, "Internal Server Error"};
}

/// Everything about a request that has found its route; lives until its answer.
struct Flight {
  std::shared_ptr<Call> call;
  Live live;
  std::string path;  // below the stage
  RouteMatch match;
  Responder respond;
  Json authorizer;
  Outcome outcome;

  const Route& route() const { return live.deployment->routes[match.index]; }
  Routed routed() const { return {*call, live.api, live.stage, route(), path, match.values, authorizer}; }
};

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

class ExecuteApi final : public Service {
 public:
  ExecuteApi(std::shared_ptr<Gateway> gateway, Outside outside, ports::LogSink* log)
      : held_(std::move(gateway)),
        gateway_(*held_),
        outside_(outside),
        log_(log),
        authorizers_(gateway_),
        sockets_(gateway_, outside, authorizers_),
        rest_(gateway_, outside, log) {
    // checks_root: anonymous callers come through, and the route decides.
    operation_ = {.name = "InvokeApi",
                  .access = [this](const Call& call) { return needs(call); },
                  .handle = AsyncHandler([this](std::shared_ptr<Call> call, Responder respond) {
                    run(std::move(call), std::move(respond));
                  }),
                  .checks_root = true};
  }

  Result<void> decode(Call& call) override {
    call.operation = &operation_;
    return {};
  }
  AwsError invalid_input(const InputError& error) const override { return {kInternal, error.message}; }
  AwsError access_denied(const Denial& denial) const override {
    const auto arn = Arn::parse(denial.resource);
    return arn && rest_.owns(arn->resource.substr(0, arn->resource.find('/'))) ? rest::denied(denial) : forbidden();
  }
  AwsError sign_in_failed(SignInError error, const Call& call) const override {
    return rest_request(call) ? rest::sign_in_refusal(error) : forbidden();
  }
  HttpReply render(const Call&, const Json&) const override { return {}; }
  HttpReply render_error(const Call& call, const AwsError& error) const override {
    if (auto request = rest_request(call)) return rest_.refusal(call, request->id, request->path, error);
    HttpReply reply;
    reply.status = error.kind->http_status;
    reply.headers.set("content-type", "application/json");
    if (error.is(kGone)) reply.headers.set("x-amzn-ErrorType", error.kind->code);
    if (const Json* challenge = find(error.extra, "challenge"))
      reply.headers.set("www-authenticate", challenge->get<std::string>());
    reply.body = to_text(Json{{"message", error.message}});
    return reply;
  }
  std::string new_request_id(Random& random) const override {
    static constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    return random.text(15, kAlphabet) + "=";
  }
  void finish(const Call& call, HttpReply& reply) const override {
    if (!reply.headers.has("x-amz-apigw-id")) reply.headers.set("apigw-requestid", call.request_id);
  }
  uint64_t body_bytes_max() const override { return kBodyMax; }
  // unverified: the words.
  AwsError body_too_large(const Call& call) const override {
    if (rest_request(call)) return rest::gateway_error("REQUEST_TOO_LARGE", "Request Too Long");
    return {kTooLarge, "Request Entity Too Large"};
  }
  /// A page of another site may ask if the API's CORS configuration names it.
  bool admits_origin(const HttpRequest& head) const override {
    auto request = api_request(head);
    Scope scope;
    // A REST API's CORS is its methods' business: pages may ask any of them.
    if (request && rest_.owns(request->id)) return true;
    auto api = request ? gateway_.find_api(request->id, scope) : std::nullopt;
    const Json* cors = api ? find(*api, "corsConfiguration") : nullptr;
    return cors && origin_allowed(cors_of(*cors), head.headers.get("origin"));
  }
  bool admits_link(const HttpRequest& head) const override { return head.method == "GET" || head.method == "HEAD"; }
  bool reads_authorization(const HttpRequest&) const override { return true; }

 private:
  /// The request, if it is for a REST API.
  std::optional<ApiRequest> rest_request(const Call& call) const {
    auto request = api_request(call.http);
    return request && rest_.owns(request->id) ? request : std::nullopt;
  }

  /// The stage and route; errors are the client's answer.
  Result<Flight> find_route(std::shared_ptr<Call> call) const {
    auto request = api_request(call->http);
    Flight flight{.call = std::move(call), .path = request ? request->path : ""};
    auto live = request ? gateway_.find_live(request->id, flight.path) : std::nullopt;
    if (!live) return not_found();
    if (live->api.disabled) return forbidden();
    flight.live = std::move(*live);
    auto match = match_route(flight.live.deployment->keys, flight.call->http.method, flight.path);
    if (!match) return not_found();
    flight.match = std::move(*match);
    return flight;
  }

  Result<AccessNeeds> needs(const Call& call) const {
    if (auto request = rest_request(call)) return rest_.needs(call, request->id, request->path);
    if (auto socket = socket_request(call)) return socket_needs(call, socket->first, socket->second);
    auto flight = find_route(std::make_shared<Call>(call));
    if (flight.has_error() || flight->route().authorization != "AWS_IAM") return AccessNeeds{};
    if (call.caller.anonymous) return forbidden();
    AccessNeed need{"execute-api:Invoke", method_arn(flight->routed())};
    if (call.caller.account != flight->live.api.account) need.resource_account = flight->live.api.account;
    return AccessNeeds{std::move(need)};
  }

  /// @connections ask for execute-api:ManageConnections, a $connect with AWS_IAM for execute-api:Invoke.
  static Result<AccessNeeds> socket_needs(const Call& call, const Live& live, const std::string& path) {
    const std::string stage = "arn:aws:execute-api:" + live.api.region + ":" + live.api.account + ":" + live.api.id +
                              "/" + live.stage.name + "/";
    const std::string id = connection_in(path);
    const auto connect = live.deployment->by_key.find("$connect");
    const bool by_iam = connect != live.deployment->by_key.end() && connect->second.authorization == "AWS_IAM";
    if (id.empty() && !by_iam) return AccessNeeds{};
    if (call.caller.anonymous) return AwsError(kForbidden, "Missing Authentication Token");
    AccessNeed need =
        id.empty() ? AccessNeed{"execute-api:Invoke", stage + "$connect"}
                   : AccessNeed{"execute-api:ManageConnections", stage + call.http.method + "/@connections/" + id};
    if (call.caller.account != live.api.account) need.resource_account = live.api.account;
    return AccessNeeds{std::move(need)};
  }

  void run(std::shared_ptr<Call> call, Responder respond) {
    if (auto request = rest_request(*call))
      return rest_.run(std::move(call), request->id, request->path, std::move(respond));
    if (run_socket(call, respond)) return;
    if (auto reply = preflight(*call)) return respond(std::move(*reply));
    auto found = find_route(call);
    if (found.has_error()) return respond(std::move(found).error());
    auto flight = std::make_shared<Flight>(std::move(*found));
    if (flight->live.api.cors || !flight->live.stage.log_destination.empty()) {
      // Weak: the flight holds its responder.
      respond = [weak = std::weak_ptr(flight), inner = std::move(respond), this](Result<HttpReply> result) {
        auto flight = weak.lock();
        if (!flight) return inner(std::move(result));
        HttpReply reply = result.has_error() ? render_error(*flight->call, result.error()) : std::move(*result);
        if (flight->live.api.cors) apply_cors(*flight->live.api.cors, flight->call->http, reply);
        write_access_log(gateway_, log_, flight->routed(), reply, flight->outcome);
        inner(std::move(reply));
      };
    }
    flight->respond = std::move(respond);
    admit(flight, [this, flight](Admission admission) { admitted(flight, std::move(admission)); });
  }

  /// A WebSocket API's stage and what stands behind it in the path, e.g. "/@connections/id".
  std::optional<std::pair<Live, std::string>> socket_request(const Call& call) const {
    auto request = api_request(call.http);
    auto live = request ? gateway_.find_live(request->id, request->path) : std::nullopt;
    if (!live || !live->api.is_websocket) return std::nullopt;
    return std::pair(std::move(*live), request->path);
  }
  static std::string connection_in(const std::string& path) {
    static constexpr std::string_view kPrefix = "/@connections/";
    const std::string decoded = percent_decode(path);
    return decoded.starts_with(kPrefix) ? decoded.substr(kPrefix.size()) : "";
  }

  /// True if the request was for a WebSocket API.
  bool run_socket(const std::shared_ptr<Call>& call, const Responder& respond) {
    auto found = socket_request(*call);
    if (!found) return false;
    auto& [live, path] = *found;
    if (const std::string id = connection_in(path); !id.empty()) {
      respond(sockets_.manage(*call, live.api.id, live.stage.name, id));
    } else if (live.api.disabled || !equals_ignore_case(call->http.headers.get("upgrade"), "websocket")) {
      respond(forbidden());
    } else {
      sockets_.connect(call, std::move(live), respond);
    }
    return true;
  }

  /// With a CORS configuration the gateway answers preflights itself, whatever routes there are.
  std::optional<HttpReply> preflight(const Call& call) const {
    if (!is_preflight(call.http)) return std::nullopt;
    auto request = api_request(call.http);
    auto live = request ? gateway_.find_live(request->id, request->path) : std::nullopt;
    if (!live || !live->api.cors) return std::nullopt;
    return preflight_reply(*live->api.cors, call.http);
  }

  void admit(const std::shared_ptr<Flight>& flight, std::function<void(Admission)> done) {
    const Route& route = flight->route();
    if (route.authorization == "AWS_IAM") return done({Admission::Kind::admitted, iam_context(*flight->call), ""});
    if (route.authorization == "NONE") return done({});
    auto authorizer = flight->live.deployment->authorizers.find(route.authorizer_id);
    if (authorizer == flight->live.deployment->authorizers.end()) return done({Admission::Kind::failed, Json(), ""});
    if (!authorizer->second.is_jwt)
      return authorizers_.ask(*outside_.functions, authorizer->second, flight->routed(), std::move(done));
    done(judge_token(authorizer->second, route, *flight->call, keys_of(authorizer->second.issuer),
                     gateway_.context.clock.now_ms()));
  }

  static Json iam_context(const Call& call) {
    return {{"iam",
             {{"accessKey", call.caller.access_key_id},
              {"accountId", call.caller.account},
              {"callerId", call.caller.user_id},
              {"cognitoIdentity", nullptr},
              {"principalOrgId", nullptr},
              {"userArn", call.caller.principal_arn},
              {"userId", call.caller.user_id}}}};
  }

  /// The issuer's key set, from DATA/files/jwks/<issuer without its scheme, '/' as '_'>.json; null where there is none.
  Json keys_of(const std::string& issuer) const {
    const size_t scheme = issuer.find("://");
    std::string name = scheme == std::string::npos ? issuer : issuer.substr(scheme + 3);
    std::replace(name.begin(), name.end(), '/', '_');
    if (name.empty() || name.find("..") != std::string::npos) return Json();
    std::ifstream file(gateway_.context.files_folder + "/jwks/" + name + ".json");
    if (!file) return Json();
    std::stringstream text;
    text << file.rdbuf();
    // A file that isn't JSON lets nobody in.
    return parse_json(text.str()).value_or(Json::object());
  }

  void admitted(const std::shared_ptr<Flight>& flight, Admission admission) {
    switch (admission.kind) {
      case Admission::Kind::failed: return flight->respond(internal_error());
      case Admission::Kind::unauthorized: return flight->respond(refusal(kUnauthorized, "Unauthorized", admission));
      case Admission::Kind::forbidden: return flight->respond(refusal(kForbidden, "Forbidden", admission));
      case Admission::Kind::admitted: break;
    }
    if (const Json* context = find(admission.context, "lambda");
        context && integration_of(*flight) && integration_of(*flight)->payload_version == "1.0") {
      flight->authorizer = *context;
    } else if (const Json* jwt = find(admission.context, "jwt");
               jwt && integration_of(*flight) && integration_of(*flight)->payload_version == "1.0") {
      flight->authorizer = *jwt;
    } else {
      flight->authorizer = std::move(admission.context);
    }
    integrate(flight);
  }

  static AwsError refusal(const ErrorKind& kind, const char* words, const Admission& admission) {
    Json extra = Json::object();
    if (!admission.challenge.empty()) extra["challenge"] = admission.challenge;
    return {kind, words, std::move(extra)};
  }

  static const Integration* integration_of(const Flight& flight) {
    auto found = flight.live.deployment->integrations.find(flight.route().integration_id);
    return found == flight.live.deployment->integrations.end() ? nullptr : &found->second;
  }

  void integrate(const std::shared_ptr<Flight>& flight) {
    const Integration* integration = integration_of(*flight);
    if (!integration) return flight->respond(internal_error());
    auto answering = std::make_shared<Answering>(gateway_.context.timers, timed(flight));
    Answering::arm(answering, gateway_.context.clock.now_ms() + integration->timeout_ms);
    if (integration->type == "HTTP_PROXY") return integrate_http(flight, *integration, answering);
    if (!integration->subtype.empty()) return integrate_service(flight, *integration, answering);
    integrate_function(flight, *integration, answering);
  }

  /// The flight's responder, which notes how long the integration took.
  Responder timed(const std::shared_ptr<Flight>& flight) {
    const Millis begun = gateway_.context.clock.now_ms();
    return [flight, begun, this](Result<HttpReply> result) {
      flight->outcome.integration_ms = gateway_.context.clock.now_ms() - begun;
      flight->respond(std::move(result));
    };
  }

  void integrate_function(const std::shared_ptr<Flight>& flight, const Integration& integration,
                          const std::shared_ptr<Answering>& answering) {
    const Routed routed = flight->routed();
    const bool second = integration.payload_version == "2.0";
    ports::FunctionCall call;
    call.function_arn = function_in(with_stage_variables(integration.uri, flight->live.stage));
    call.payload = second ? event_2_0(routed) : event_1_0(routed);
    call.request_id = gateway_.context.random.uuid();
    call.service_principal = "apigateway.amazonaws.com";
    call.source_arn = source_arn(routed);
    call.source_account = flight->live.api.account;
    outside_.functions->call(std::move(call), [flight, answering, second](ports::FunctionAnswer answer) {
      using Status = ports::FunctionAnswer::Status;
      flight->outcome.integration_error =
          answer.status == Status::ok ? ""
          : answer.status == Status::function_error
              ? "The Lambda function returned the following error: Unhandled. Check your Lambda function code and try "
                "again."
              : "The IAM role configured on the integration or API Gateway doesn't have permissions to call the "
                "integration. Check the permissions and try again.";
      if (answer.status != Status::ok) return answering->give(internal_error());
      flight->outcome.integration_status = 200;
      auto reply = second ? reply_2_0(answer.payload) : reply_1_0(answer.payload);
      if (!reply) return answering->give(internal_error());
      answering->give(std::move(*reply));
    });
  }

  void integrate_http(const std::shared_ptr<Flight>& flight, const Integration& integration,
                      const std::shared_ptr<Answering>& answering) {
    outside_.http->call(http_call(flight->routed(), integration),
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

  void integrate_service(const std::shared_ptr<Flight>& flight, const Integration& integration,
                         const std::shared_ptr<Answering>& answering) {
    const Subtype* subtype = find_subtype(integration.subtype);
    if (!subtype) return answering->give(internal_error());
    ports::ServiceCall call = subtype_call(flight->routed(), integration, *subtype);
    call.source_arn = source_arn(flight->routed());
    outside_.services->call(std::move(call), [flight, answering](ports::ServiceAnswer answer) {
      if (answer.status == ports::ServiceAnswer::Status::role_refused) {
        flight->outcome.integration_error = answer.body;
        return answering->give(internal_error());
      }
      flight->outcome.integration_status = answer.http_status;
      HttpReply reply;
      reply.status = answer.http_status;
      reply.headers.set("content-type", "application/json");
      reply.body = std::move(answer.body);
      answering->give(std::move(reply));
    });
  }

  /// `arn:aws:execute-api:R:A:api/stage/GET/items/{id}`; the $default route's ends in `/$default`.
  static std::string source_arn(const Routed& request) {
    std::string out = "arn:aws:execute-api:" + request.api.region + ":" + request.api.account + ":" + request.api.id +
                      "/" + request.stage.name + "/";
    if (request.route.key.is_default()) return out + "$default";
    const std::string& key = request.route.key_text;
    // unverified: an ANY route shows the request's own method.
    return out + request.call.http.method + key.substr(key.find(' ') + 1);
  }

  std::shared_ptr<Gateway> held_;
  Gateway& gateway_;
  Outside outside_;
  ports::LogSink* log_;
  RequestAuthorizers authorizers_;
  WebSockets sockets_;
  mutable rest::Plane rest_;  // keeps what it has read of deployments
  Operation operation_;
};

/// `<id>/rest...` as the two; the path begins with a slash.
ApiRequest split_id(std::string_view text) {
  const size_t slash = text.find('/');
  return {to_lower(text.substr(0, slash)), slash == std::string_view::npos ? "/" : std::string(text.substr(slash))};
}

}  // namespace

bool is_api_request(const HttpRequest& request) {
  const std::string_view path = request.raw_path();
  return path.starts_with(kPathPrefix) ||
         (path.starts_with(kOldPrefix) && path.find(kOldMark) != std::string_view::npos) ||
         request.headers.get("host").find(kHostMark) != std::string_view::npos;
}

std::optional<ApiRequest> api_request(const HttpRequest& request) {
  std::string_view path = request.raw_path();
  if (path.starts_with(kPathPrefix)) return split_id(path.substr(kPathPrefix.size()));
  if (const size_t mark = path.find(kOldMark); path.starts_with(kOldPrefix) && mark != std::string_view::npos) {
    ApiRequest out = split_id(path.substr(kOldPrefix.size(), mark - kOldPrefix.size()));
    out.path += path.substr(mark + kOldMark.size());
    return out;
  }
  const std::string host = to_lower(request.headers.get("host"));
  const size_t mark = host.find(kHostMark);
  if (mark == std::string::npos || mark == 0) return std::nullopt;
  return ApiRequest{host.substr(0, mark), path.empty() ? "/" : std::string(path)};
}

std::shared_ptr<Service> make_execute_api(std::shared_ptr<Gateway> gateway, Outside outside, ports::LogSink* log) {
  return std::make_shared<ExecuteApi>(std::move(gateway), std::move(outside), log);
}

}  // namespace millrace::apigateway
