#include "emulator/services/apigateway/execute_api.h"

#include "emulator/base/arn.h"
#include "emulator/base/encoding.h"
#include "emulator/services/apigateway/cors.h"
#include "emulator/services/apigateway/http_plane.h"
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

constexpr ErrorKind kForbidden{"Forbidden", 403};
constexpr ErrorKind kInternal{"InternalServerError", 500, "", "message", Fault::server};

class ExecuteApi final : public Service {
 public:
  ExecuteApi(std::shared_ptr<Gateway> gateway, const Outside& outside)
      : held_(std::move(gateway)),
        gateway_(*held_),
        authorizers_(gateway_),
        sockets_(gateway_, outside, authorizers_),
        http_(gateway_, outside, authorizers_),
        rest_(gateway_, outside) {
    gateway_.stage_gone = [this](const std::string& api, const std::string& stage) { sockets_.close_all(api, stage); };
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
    return arn && rest_.owns(arn->resource.substr(0, arn->resource.find('/'))) ? rest::denied(denial)
                                                                               : http_errors::forbidden();
  }
  AwsError sign_in_failed(SignInError error, const Call& call) const override {
    return rest_request(call) ? rest::sign_in_refusal(error) : http_errors::forbidden();
  }
  HttpReply render(const Call&, const Json&) const override { return {}; }
  HttpReply render_error(const Call& call, const AwsError& error) const override {
    auto request = request_of(call.http);
    if (request && rest_.owns(request->id)) return rest_.refusal(call, *request, error);
    auto live = request ? gateway_.find_live(request->id, request->path) : std::nullopt;
    if (live && error.kind->http_status == 403 && http_.asks_iam(call, *live, request->path))
      return http_.refuse(call, std::move(*live), request->path, error);
    return http_error_reply(error);
  }
  std::string new_request_id(Random& random) const override {
    static constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    return random.text(15, kAlphabet) + "=";
  }
  void finish(const Call& call, HttpReply& reply) const override {
    if (!reply.headers.has("x-amz-apigw-id")) reply.headers.set("apigw-requestid", call.request_id);
  }
  uint64_t body_bytes_max() const override { return kBodyMax; }
  AwsError body_too_large(const Call& call) const override {
    if (rest_request(call)) return rest::gateway_error("REQUEST_TOO_LARGE", "Request Too Long");
    return http_errors::too_large();
  }
  /// A page of another site may ask if the API's CORS configuration names it.
  bool admits_origin(const HttpRequest& head) const override {
    auto request = request_of(head);
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
  /// Which API a request is for, by its path, its Host or a custom domain name's mappings.
  std::optional<ApiRequest> request_of(const HttpRequest& http) const {
    if (!gateway_.domains.holds(http.headers.get("host"))) return api_request(http);
    const auto reader = gateway_.context.store.snapshot();
    auto mapped = mapped_request(*reader, http.headers.get("host"), http.raw_path());
    if (!mapped) return std::nullopt;
    // A mapping without a stage leaves it to the path, as REST APIs may have it.
    const bool in_path = mapped->stage.empty() || mapped->stage == "$default";
    return ApiRequest{mapped->api, (in_path ? "" : "/" + mapped->stage) + mapped->path, mapped->base};
  }

  /// The request, if it is for a REST API.
  std::optional<ApiRequest> rest_request(const Call& call) const {
    auto request = request_of(call.http);
    return request && rest_.owns(request->id) ? request : std::nullopt;
  }

  Result<AccessNeeds> needs(const Call& call) const {
    auto request = request_of(call.http);
    if (!request) return AccessNeeds{};
    if (rest_.owns(request->id)) return rest_.needs(call, *request);
    const auto live = gateway_.find_live(request->id, request->path);
    if (!live) return AccessNeeds{};
    return live->api.is_websocket ? socket_needs(call, *live, request->path) : http_.needs(call, *live, request->path);
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
    auto request = request_of(call->http);
    if (!request) return respond(http_errors::not_found());
    if (rest_.owns(request->id)) return rest_.run(std::move(call), *request, std::move(respond));
    const bool by_domain = request->base.has_value();
    auto live = gateway_.find_live(request->id, request->path);
    if (live && live->api.is_websocket) return run_socket(call, std::move(*live), request->path, by_domain, respond);
    http_.run(std::move(call), std::move(live), request->path, by_domain, respond);
  }

  static std::string connection_in(const std::string& path) {
    static constexpr std::string_view kPrefix = "/@connections/";
    const std::string decoded = percent_decode(path);
    return decoded.starts_with(kPrefix) ? decoded.substr(kPrefix.size()) : "";
  }

  void run_socket(const std::shared_ptr<Call>& call, Live live, const std::string& path, bool by_domain,
                  const Responder& respond) {
    if (const std::string id = connection_in(path); !id.empty()) {
      respond(sockets_.manage(*call, live.api.id, live.stage.name, id));
    } else if ((live.api.disabled && !by_domain) ||
               !equals_ignore_case(call->http.headers.get("upgrade"), "websocket")) {
      respond(http_errors::forbidden());
    } else {
      sockets_.connect(call, std::move(live), respond);
    }
  }

  std::shared_ptr<Gateway> held_;
  Gateway& gateway_;
  RequestAuthorizers authorizers_;
  WebSockets sockets_;
  mutable HttpPlane http_;
  mutable rest::Plane rest_;  // keeps what it has read of deployments
  Operation operation_;
};

/// `<id>/rest...` as the two; the path begins with a slash.
ApiRequest split_id(std::string_view text) {
  const size_t slash = text.find('/');
  return {to_lower(text.substr(0, slash)), slash == std::string_view::npos ? "/" : std::string(text.substr(slash)), {}};
}

}  // namespace

bool is_api_request(const Gateway& gateway, const HttpRequest& request) {
  const std::string_view path = request.raw_path();
  return gateway.domains.holds(request.headers.get("host")) || path.starts_with(kPathPrefix) ||
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
  return ApiRequest{host.substr(0, mark), path.empty() ? "/" : std::string(path), {}};
}

std::string api_domain_name(const HttpRequest& request, const std::string& api, const std::string& region) {
  const std::string host(request.headers.get("host"));
  const std::string_view path = request.raw_path();
  const bool by_path = path.starts_with(kPathPrefix) || path.find(kOldMark) != std::string_view::npos;
  if (host.find(kHostMark) != std::string::npos || (!by_path && !host.empty())) return host;
  const size_t colon = host.rfind(':');
  return api + ".execute-api." + region + ".localhost" + (colon == std::string::npos ? "" : host.substr(colon));
}

std::shared_ptr<Service> make_execute_api(std::shared_ptr<Gateway> gateway, Outside outside) {
  return std::make_shared<ExecuteApi>(std::move(gateway), std::move(outside));
}

}  // namespace millrace::apigateway
