// Requests for function URLs: found by Host or path, allowed by the function's policy, answered by the function.

#include "emulator/base/encoding.h"
#include "emulator/services/lambda/errors.h"
#include "emulator/services/lambda/function_url.h"
#include "emulator/services/lambda/function_url_event.h"
#include "emulator/services/lambda/payload.h"
#include "emulator/services/lambda/policy.h"
#include "emulator/services/lambda/running.h"

namespace millrace::lambda {

using namespace protocol;

namespace {

constexpr std::string_view kPathPrefix = "/_lambda-url/";
constexpr std::string_view kHostMark = ".lambda-url.";
constexpr const char* kForbidden =
    "Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html";

AwsError forbidden() { return {errors::access_denied, kForbidden}; }

class FunctionUrlService final : public Service {
 public:
  explicit FunctionUrlService(Lambda& lambda) : lambda_(lambda) {
    // checks_root: anonymous callers come through, and the function's policy decides.
    operation_ = {.name = "InvokeFunctionUrl",
                  .access = [this](const Call& call) { return needs(call); },
                  .handle = AsyncHandler([this](std::shared_ptr<Call> call, Responder respond) { run(std::move(call), std::move(respond)); }),
                  .checks_root = true};
    preflight_ = {.name = "FunctionUrlPreflight", .handle = ReplyHandler([this](Call& call) { return preflight(call); }), .runs = Runs::inlined};
  }

  Result<void> decode(Call& call) override {
    auto request = url_request(call.http);
    auto url = request ? find_url(lambda_.context.store, request->id) : std::nullopt;
    if (!url) return AwsError(errors::access_denied, kForbidden);  // unverified: AWS has no host for such a URL
    if (!origin_allowed(url->config, call.http)) return forbidden();
    HttpReply unused;
    call.operation = apply_cors(url->config, call.http, unused) ? &preflight_ : &operation_;
    return {};
  }

  AwsError invalid_input(const InputError& error) const override { return {errors::invalid_request_content, error.message}; }
  AwsError access_denied(const Denial&) const override { return forbidden(); }
  AwsError sign_in_failed(SignInError error, const Call&) const override {
    if (error == SignInError::missing_token) return forbidden();
    return {errors::access_denied, "The request signature we calculated does not match the signature you provided."};
  }
  HttpReply render(const Call&, const Json&) const override { return {}; }
  HttpReply render_error(const Call&, const AwsError& error) const override {
    HttpReply reply;
    reply.status = error.kind->http_status;
    reply.headers.set("x-amzn-ErrorType", error.kind->code);
    Json body = error.extra;
    body[error.kind->message_key] = error.message;
    reply.body = to_text(body);
    return reply;
  }
  void finish(const Call& call, HttpReply& reply) const override {
    reply.headers.set("x-amzn-RequestId", call.request_id);
    if (!reply.headers.has("Content-Type")) reply.headers.set("Content-Type", "application/json");
  }
  uint64_t body_bytes_max() const override { return kSyncPayloadMax; }
  /// Decided by the URL's own CORS settings (function_url_event.cc), not at the door.
  bool admits_origin(const HttpRequest&) const override { return true; }

 private:
  std::optional<FunctionUrl> url_of(const Call& call) const {
    auto request = url_request(call.http);
    return request ? find_url(lambda_.context.store, request->id) : std::nullopt;
  }

  Result<AccessNeeds> needs(const Call& call) const {
    auto url = url_of(call);
    if (!url) return forbidden();
    std::string auth = text_of(url->config, "AuthType");
    if (auth == "AWS_IAM" && call.caller.anonymous) return forbidden();
    // unverified: URLs made since October 2025 also need lambda:InvokeFunction on AWS; older ones don't, nor here.
    AccessNeed need{"lambda:InvokeFunctionUrl", url->ref.qualified_arn(), {{"lambda:functionurlauthtype", {auth}}}};
    need.resource_policy = policy_text(lambda_.context.store, url->ref);
    if (call.caller.anonymous || call.caller.account != url->ref.account) need.resource_account = url->ref.account;
    return AccessNeeds{std::move(need)};
  }

  Result<HttpReply> preflight(const Call& call) const {
    HttpReply reply;
    if (auto url = url_of(call)) apply_cors(url->config, call.http, reply);
    return reply;
  }

  void run(std::shared_ptr<Call> call, Responder respond) const {
    auto url = url_of(*call);
    auto request = url_request(call->http);
    if (!url || !request) return respond(forbidden());
    ports::Invocation invocation;
    invocation.request_id = call->request_id;
    invocation.payload = url_event(*call, *url, *request);
    run_function(lambda_, url->ref, std::move(invocation), [call, config = url->config, respond](Result<Ran> ran) {
      if (ran.has_error()) return respond(std::move(ran).error());
      HttpReply reply;
      if (ran->result.status == ports::InvocationStatus::function_error) {
        reply.status = 502;
        reply.body = "Internal Server Error";
        reply.headers.set("X-Amzn-ErrorType", "InternalServerErrorException");
      } else {
        reply = url_reply(ran->result.payload);
      }
      apply_cors(config, call->http, reply);
      respond(std::move(reply));
    });
  }

  Lambda& lambda_;
  Operation operation_, preflight_;
};

}  // namespace

std::optional<UrlRequest> url_request(const HttpRequest& request) {
  std::string_view path = request.raw_path();
  if (path.starts_with(kPathPrefix)) {
    path.remove_prefix(kPathPrefix.size());
    size_t slash = path.find('/');
    return UrlRequest{std::string(path.substr(0, slash)), slash == std::string_view::npos ? "/" : std::string(path.substr(slash))};
  }
  std::string host = to_lower(request.headers.get("host"));
  size_t mark = host.find(kHostMark);
  if (mark == std::string::npos || mark == 0) return std::nullopt;
  return UrlRequest{host.substr(0, mark), std::string(path)};
}

bool is_function_url(const HttpRequest& request) {
  // Asked of every request to the server: no copies.
  return request.raw_path().starts_with(kPathPrefix) || request.headers.get("host").find(kHostMark) != std::string_view::npos;
}

std::shared_ptr<Service> make_function_url_service(Lambda& lambda) { return std::make_shared<FunctionUrlService>(lambda); }

}  // namespace millrace::lambda
