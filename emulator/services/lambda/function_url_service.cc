// Requests for function URLs: found by Host or path, allowed by the function's policy, answered by the function.

#include "emulator/base/encoding.h"
#include "emulator/services/lambda/errors.h"
#include "emulator/services/lambda/function_url.h"
#include "emulator/services/lambda/function_url_event.h"
#include "emulator/services/lambda/payload.h"
#include "emulator/services/lambda/policy.h"
#include "emulator/services/lambda/response_stream.h"
#include "emulator/services/lambda/running.h"

namespace millrace::lambda {

using namespace protocol;

namespace {

constexpr std::string_view kPathPrefix = "/_lambda-url/";
constexpr std::string_view kHostMark = ".lambda-url.";
constexpr const char* kForbidden =
    "Forbidden. For troubleshooting Function URL authorization issues, see: "
    "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html";

/// Of a URL that nobody has AWS says nothing [rec].
AwsError unknown_url() {
  return {errors::access_denied, "", Json{{"Message", nullptr}}};
}

AwsError forbidden() {
  return {errors::access_denied, kForbidden};
}

/// InvokeMode RESPONSE_STREAM: the head is in a prelude before the body if the runtime says so
/// (awslambda.HttpResponseStream.from), and the answer begins with the first piece.
class UrlStream final : public StreamedResponse {
 public:
  UrlStream(std::shared_ptr<Call> call, Json config, Responder respond)
      : call_(std::move(call)), config_(std::move(config)), respond_(std::move(respond)) {}

  void begin(const std::string& content_type) override {
    has_prelude_ = content_type == "application/vnd.awslambda.http-integration-response";
    if (!has_prelude_) answer(stream_head(content_type));
  }
  void piece(std::string bytes, std::function<void()> more) override {
    if (begun_) return body_->push(std::move(bytes), std::move(more));
    prelude_ += bytes;
    size_t end = prelude_.find(std::string(8, '\0'));
    if (end == std::string::npos && prelude_.size() < kPreludeMax) return more();
    std::string rest = end == std::string::npos ? "" : prelude_.substr(end + 8);
    answer(prelude_reply(prelude_.substr(0, end)));
    if (rest.empty()) return more();
    body_->push(std::move(rest), std::move(more));
  }
  void ended(Result<Ran> ran) {
    bool failed = ran.has_error() || ran->result.status == ports::InvocationStatus::function_error;
    if (begun_) return failed ? body_->fail() : body_->finish("");
    if (ran.has_error()) return respond_(std::move(ran).error());
    HttpReply reply = failed ? failed_reply() : has_prelude_ ? prelude_reply(prelude_) : url_reply(ran->result.payload);
    apply_cors(config_, call_->http, reply);
    respond_(std::move(reply));
  }
  static HttpReply failed_reply() {
    HttpReply reply;
    reply.status = 502;
    reply.body = "Internal Server Error";
    reply.headers.set("X-Amzn-ErrorType", "InternalServerErrorException");
    return reply;
  }

 private:
  static constexpr size_t kPreludeMax = 64 * 1024;  // headers alone; unverified: AWS's bound

  static HttpReply stream_head(const std::string& content_type) {
    HttpReply reply;
    reply.headers.set("Content-Type", content_type.empty() ? "application/octet-stream" : content_type);
    return reply;
  }
  static HttpReply prelude_reply(const std::string& prelude) {
    Json head = parse_json(prelude).value_or(Json::object());
    if (!find(head, "statusCode")) head["statusCode"] = 200;
    head.erase("body");
    return url_reply(to_text(head));
  }
  void answer(HttpReply reply) {
    begun_ = true;
    apply_cors(config_, call_->http, reply);
    reply.stream = body_->source();
    respond_(std::move(reply));
  }

  std::shared_ptr<Call> call_;
  Json config_;
  Responder respond_;
  bool has_prelude_ = false, begun_ = false;
  std::string prelude_;
  std::shared_ptr<StreamedBody> body_ = std::make_shared<StreamedBody>();
};

class FunctionUrlService final : public Service {
 public:
  explicit FunctionUrlService(Lambda& lambda) : lambda_(lambda) {
    // checks_root: anonymous callers come through, and the function's policy decides.
    operation_ = {.name = "InvokeFunctionUrl",
                  .access = [this](const Call& call) { return needs(call); },
                  .handle = AsyncHandler([this](std::shared_ptr<Call> call, Responder respond) {
                    run(std::move(call), std::move(respond));
                  }),
                  .checks_root = true};
    preflight_ = {.name = "FunctionUrlPreflight",
                  .handle = ReplyHandler([this](Call& call) { return preflight(call); }),
                  .runs = Runs::inlined};
  }

  Result<void> decode(Call& call) override {
    auto request = url_request(call.http);
    auto url = request ? find_url(lambda_.context.store, request->id) : std::nullopt;
    if (!url) return unknown_url();
    HttpReply unused;
    call.operation = apply_cors(url->config, call.http, unused) ? &preflight_ : &operation_;
    return {};
  }

  AwsError invalid_input(const InputError& error) const override {
    return {errors::invalid_request_content, error.message};
  }
  AwsError access_denied(const Denial&) const override { return forbidden(); }
  AwsError sign_in_failed(SignInError error, const Call& call) const override {
    if (!url_of(call)) return unknown_url();
    if (error == SignInError::missing_token) return forbidden();
    return {errors::access_denied, "The request signature we calculated does not match the signature you provided."};
  }
  HttpReply render(const Call&, const Json&) const override { return {}; }
  HttpReply render_error(const Call&, const AwsError& error) const override {
    HttpReply reply;
    reply.status = error.kind->http_status;
    reply.headers.set("x-amzn-ErrorType", error.kind->code);
    Json body = error.extra;
    if (!body.contains(error.kind->message_key)) body[error.kind->message_key] = error.message;
    reply.body = to_text(body);
    return reply;
  }
  void finish(const Call& call, HttpReply& reply) const override {
    reply.headers.set("x-amzn-RequestId", call.request_id);
    if (!reply.headers.has("Content-Type")) reply.headers.set("Content-Type", "application/json");
  }
  // Read to its end where it is a little too large: a client that is still sending wouldn't see the answer.
  uint64_t body_bytes_max() const override { return 8 * kSyncPayloadMax; }
  // unverified: the words.
  AwsError body_too_large(const Call& call) const override {
    return {errors::too_large, "The request's payload is larger than the " + std::to_string(kSyncPayloadMax) +
                                   " bytes that a function takes (" + std::to_string(call.http.body.size()) +
                                   " bytes)."};
  }
  bool admits_origin(const HttpRequest& head) const override {
    auto request = url_request(head);
    auto url = request ? find_url(lambda_.context.store, request->id) : std::nullopt;
    return url && origin_listed(url->config, head.headers.get("origin"));
  }
  bool admits_link(const HttpRequest& head) const override { return head.method == "GET" || head.method == "HEAD"; }
  bool reads_authorization(const HttpRequest&) const override { return true; }

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
    // Two permissions, as AWS has asked for since October 2025: the URL's, and the function's by way of its URL.
    AccessNeeds both;
    for (const char* action : {"lambda:InvokeFunctionUrl", "lambda:InvokeFunction"}) {
      AccessNeed need{action,
                      url->ref.qualified_arn(),
                      {{"lambda:functionurlauthtype", {auth}}, {"lambda:invokedviafunctionurl", {"true"}}}};
      need.resource_policy = policy_text(lambda_.context.store, url->ref);
      if (call.caller.anonymous || call.caller.account != url->ref.account) need.resource_account = url->ref.account;
      both.push_back(std::move(need));
    }
    return both;
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
    if (call->http.body.size() > kSyncPayloadMax) return respond(body_too_large(*call));
    ports::Invocation invocation;
    invocation.request_id = call->request_id;
    invocation.payload = url_event(*call, *url, *request);
    if (text_of(url->config, "InvokeMode") == "RESPONSE_STREAM") {
      auto stream = std::make_shared<UrlStream>(call, url->config, std::move(respond));
      return run_streamed(lambda_, url->ref, std::move(invocation), stream,
                          [stream](Result<Ran> ran) { stream->ended(std::move(ran)); });
    }
    run_function(lambda_, url->ref, std::move(invocation), [call, config = url->config, respond](Result<Ran> ran) {
      if (ran.has_error()) return respond(std::move(ran).error());
      HttpReply reply;
      if (ran->result.status == ports::InvocationStatus::function_error) {
        reply = UrlStream::failed_reply();
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
    return UrlRequest{std::string(path.substr(0, slash)),
                      slash == std::string_view::npos ? "/" : std::string(path.substr(slash))};
  }
  std::string host = to_lower(request.headers.get("host"));
  size_t mark = host.find(kHostMark);
  if (mark == std::string::npos || mark == 0) return std::nullopt;
  return UrlRequest{host.substr(0, mark), std::string(path)};
}

bool is_function_url(const HttpRequest& request) {
  // Asked of every request to the server: no copies.
  return request.raw_path().starts_with(kPathPrefix) ||
         request.headers.get("host").find(kHostMark) != std::string_view::npos;
}

std::shared_ptr<Service> make_function_url_service(Lambda& lambda) {
  return std::make_shared<FunctionUrlService>(lambda);
}

}  // namespace millrace::lambda
