#include "emulator/server/pipeline.h"

#include <atomic>
#include <cstring>
#include <set>

#include "emulator/base/arn.h"
#include "emulator/base/console.h"
#include "emulator/base/encoding.h"
#include "emulator/base/guard.h"
#include "emulator/base/log.h"
#include "emulator/base/store_fault.h"
#include "emulator/base/trace.h"
#include "emulator/protocol/signing_rules.h"
#include "emulator/server/admin.h"
#include "emulator/server/console.h"
#include "emulator/server/content_encoding.h"
#include "emulator/server/proxy_form.h"
#include "emulator/server/request_lines.h"

namespace millrace::server {

using protocol::Call;
using protocol::Credential;
using protocol::CredentialState;
using protocol::HttpReply;
using protocol::HttpRequest;

namespace {

constexpr size_t kInlineBodyMax = 256u << 10;  // larger bodies are decoded on the pool, so that no lane stalls

HttpReply text_reply(int status, std::string text) {
  HttpReply reply;
  reply.status = status;
  reply.headers.set("Content-Type", "text/plain");
  reply.body = std::move(text);
  return reply;
}

/// May a root user's request name what another account owns? Only by an ARN (or a bucket, where access is always asked
/// about); in a body of items it is looked for, so that a root's writes aren't read twice.
bool names_another_account(const Call& call) {
  if (!call.operation->dom_input) return true;
  const std::string& body = call.http.body;
  // A text's colon stands in the middle of it far more seldom than an a or a backslash: "arn:" is looked for by its end.
  for (size_t at = body.find(':'); at != std::string::npos; at = body.find(':', at + 1)) {
    if (at >= 3 && std::memcmp(body.data() + at - 3, "arn", 3) == 0) return true;
  }
  for (size_t at = body.find('\\'); at != std::string::npos; at = body.find('\\', at + 1)) {
    if (at + 1 < body.size() && body[at + 1] == 'u') return true;
  }
  return false;
}

/// DynamoDB refuses the ARN of another region's table in words of its own, whoever owns it.
bool is_in_another_region(const protocol::AccessNeed& need, const Call& call) {
  auto arn = Arn::parse(need.resource);
  return arn && arn->service == "dynamodb" && !arn->region.empty() && arn->region != call.caller.region;
}

/// A bug of ours. 501, because SDKs retry 500 for minutes.
AwsError own_failure(const Call& call) {
  static const ErrorKind kind{"InternalFailure", 501, "", "message", Fault::server};
  return {kind, "An internal error occurred. Reference: " + call.request_id};
}

/// What isn't built is told where the server's owner looks, not only to the client.
void log_refusal(const Call& call, const AwsError& error) {
  log::info("not built: " + (call.operation ? call.operation->name + ": " : "") + error.message);
}

/// Who isn't let in is told why, and so is the server's owner: once a minute for each kind.
void log_refusal_at_door(const HttpRequest& head, const HttpReply& reply) {
  std::string why = reply.body.substr(0, reply.body.find('\n'));
  log::info("refused at the door: " + head.method + " " + std::string(head.raw_path().substr(0, 200)) + ": " + why);
}

}  // namespace

struct Pipeline::Addressed : Front::HeadFacts {
  protocol::QueryParameters query;
  Credential credential;
  CredentialState state = CredentialState::absent;
  protocol::Service* service = nullptr;
  const Credential* usable() const { return state == CredentialState::present ? &credential : nullptr; }
};

const Pipeline::Addressed* Pipeline::addressed(const HeadFacts* facts) {
  return static_cast<const Addressed*>(facts);
}

/// The answer that an AsyncHandler owes: given once, and by itself when the last who could give it has gone, whether
/// they threw or were dropped. Otherwise the client would wait for ever.
class Pipeline::DueAnswer {
 public:
  DueAnswer(Pipeline& pipeline, std::shared_ptr<Call> call, Respond respond)
      : pipeline_(pipeline), call_(std::move(call)), respond_(std::move(respond)) {}
  ~DueAnswer() {
    guarded("an answer", [&] { give(AwsError(kStoreFault, "")); });
  }
  void give(Result<HttpReply> result) {
    if (!given_.exchange(true)) pipeline_.answer(*call_, std::move(result), respond_);
  }

 private:
  Pipeline& pipeline_;
  std::shared_ptr<Call> call_;
  Respond respond_;
  std::atomic<bool> given_ = false;
};

Pipeline::Pipeline(const ServiceDirectory& services, const protocol::SignIn& sign_in, protocol::Identity& identity,
                   Admin& admin, AdminGuard admin_guard, HostGuard guard, BrowserGuard browsers, Clock& clock,
                   Random& random, WorkerThreads& workers, UploadThreads& uploads)
    : services_(services),
      sign_in_(sign_in),
      identity_(identity),
      admin_(admin),
      admin_guard_(std::move(admin_guard)),
      guard_(std::move(guard)),
      browsers_(std::move(browsers)),
      clock_(clock),
      random_(random),
      workers_(workers),
      uploads_(uploads) {}

std::string Pipeline::date() {
  thread_local int64_t cached_s = -1;
  thread_local std::string cached;
  int64_t now = clock_.now_s();
  if (now != cached_s) {
    cached = http_date(now * 1000);
    cached_s = now;
  }
  return cached;
}

std::string Pipeline::page_refusal(const HttpRequest& head, const protocol::Service* service) const {
  switch (browsers_.sender(head)) {
    case BrowserGuard::Sender::trusted: break;
    case BrowserGuard::Sender::foreign_page:
      if (!service || !service->admits_origin(head)) return BrowserGuard::refusal(head);
      break;
    case BrowserGuard::Sender::foreign_link:
      if (!service || !service->admits_link(head)) return BrowserGuard::refusal(head);
      break;
  }
  if (service && BrowserGuard::is_navigation(head) && service->changes_by_get(head))
    return "A browser's GET doesn't change anything here: send the operation by POST.";
  return "";
}

Front::BodyPlan Pipeline::plan(HttpRequest& head, const ConnectionEnds& ends) {
  BodyPlan plan = admit_head(head, ends);
  if (plan.refuse) log_refusal_at_door(head, *plan.refuse);
  return plan;
}

Front::BodyPlan Pipeline::admit_head(HttpRequest& head, const ConnectionEnds& ends) {
  BodyPlan plan;
  plan.refuse = take_proxy_form(head, guard_.names());
  if (plan.refuse) return plan;
  std::string refusal = guard_.host_refusal(head);
  if (refusal.empty() && admin_.owns(head)) refusal = page_refusal(head, nullptr);
  if (!refusal.empty()) {
    plan.refuse = text_reply(403, refusal + "\n");
    return plan;
  }
  if (admin_.owns(head)) {
    if (!admin_.is_open(head)) refusal = admin_guard_.refusal(head, ends);
    if (head.raw_path() == kPagePath) admin_guard_.hand_session(head, ends);
    if (!refusal.empty()) plan.refuse = text_reply(401, refusal + "\n");
    plan.stream = refusal.empty() && admin_.streams_body(head);
    return plan;
  }
  auto found = std::make_shared<Addressed>();
  found->world = world_;
  if (head.target.find('?') != std::string::npos) found->query = protocol::parse_query(head.raw_query());
  found->state = protocol::read_credential(head, found->query, found->credential);
  found->service = services_.find(head, found->usable());
  protocol::Service* service = found->service;
  plan.facts = std::move(found);
  refusal = page_refusal(head, service);
  if (!refusal.empty()) {
    plan.refuse = text_reply(403, refusal + "\n");
    return plan;
  }
  if (!service) return plan;
  plan.bytes_max = service->body_bytes_max();
  plan.stream = service->streams_body(head);
  return plan;
}

HttpReply Pipeline::body_too_large(const HttpRequest& head, const HeadFacts* facts) {
  protocol::Service* service = facts ? addressed(facts)->service : nullptr;
  if (!service) return text_reply(413, "The request's body is too large.\n");
  Call call;
  call.http.method = head.method;
  call.http.target = head.target;
  call.http.headers = head.headers;
  call.request_id = service->new_request_id(random_);
  HttpReply reply = service->render_error(call, service->body_too_large(call));
  service->finish(call, reply);
  return reply;
}

void Pipeline::handle(HttpRequest request, std::shared_ptr<const HeadFacts> facts, Respond respond) {
  if (!facts) return admin_.handle(request, respond);
  if (const std::string* health = services_.health(request, addressed(facts.get())->credential))
    return respond(text_reply(200, *health));
  const Addressed& found = *addressed(facts.get());
  const Credential* usable = found.usable();
  auto call = new_call(usable);
  call->http = std::move(request);
  call->received_ms = clock_.now_ms();
  call->query = found.query;
  // What is unsigned may name its service in the body only (STS's AssumeRoleWithWebIdentity).
  call->service = usable ? found.service : services_.find(call->http, nullptr);
  // A page that the head's service let in (a bucket with its rules) doesn't reach another by its body.
  if (call->service != found.service) {
    std::string refusal = page_refusal(call->http, call->service);
    if (!refusal.empty()) return respond(text_reply(403, refusal + "\n"));
  }
  if (!call->service) return respond(unknown_service(call->http, usable));
  call->request_id = call->service->new_request_id(random_);
  if (found.state == CredentialState::malformed && !call->service->reads_authorization(call->http)) {
    HttpReply reply = call->service->render_error(
        *call, call->service->sign_in_failed(protocol::SignInError::incomplete_signature, *call));
    call->service->finish(*call, reply);
    return respond(std::move(reply));
  }
  if (call->http.body.size() > kInlineBodyMax || call->http.stream || is_packed(call->http, *call->service)) {
    auto work = [this, call, facts, usable, respond] { run(call, usable, respond); };
    bool queued = call->http.stream ? uploads_.post(work) : workers_.post(work);
    if (!queued) respond(text_reply(503, "The server is busy.\n"));
    return;
  }
  run(std::move(call), usable, std::move(respond));
}

/// Runs the task; what it throws is given as the call's answer.
template <class Task, class Give>
void Pipeline::answering_failures(const Call& call, Give&& give, Task&& task) {
  try {
    task();
  } catch (const StoreFault&) {  // reported where it was thrown
    give(AwsError(kStoreFault, ""));
  } catch (const std::exception& error) {
    report_failed_task("request " + (call.operation ? call.operation->name : call.http.target), error.what());
    give(own_failure(call));
  }
}

void Pipeline::run(std::shared_ptr<Call> call, const Credential* credential, Respond respond) {
  trace::Scope scope(trace::on() ? trace::Cause(call, &call->request_id) : nullptr);
  auto give = [&](AwsError error) { answer(*call, std::move(error), respond); };
  answering_failures(*call, give, [&] {
    Result<void> admitted = admit(*call, credential);
    if (admitted.has_error()) return answer(*call, std::move(admitted).error(), respond);
    if (faults_ && faults_->armed()) return run_with_faults(call, respond);
    run_handler(call, respond);
  });
}

void Pipeline::run_with_faults(std::shared_ptr<Call> call, Respond respond) {
  const std::string service = services_.scope_of(call->service);
  auto fault = faults_->of_call({service, call->operation->name, call->caller.account, call->http.target,
                                 call->http.body, call->request_id, clock_.now_ms()});
  if (!fault) return run_handler(std::move(call), std::move(respond));
  auto go_on = [this, call, respond, error = fault->error] {
    if (error) return answer(*call, *error, respond);
    run_handler(call, respond);
  };
  if (fault->delay_ms == 0) return go_on();
  timers_->at(clock_.now_ms() + fault->delay_ms, [this, go_on, respond] {
    if (!workers_.post(go_on)) respond(text_reply(503, "The server is busy.\n"));
  });
}

Result<void> Pipeline::admit(Call& call, const Credential* credential) {
  // DynamoDB's order: well-formed, known, signed in, types and constraints, allowed.
  std::string packed;
  if (is_packed(call.http, *call.service)) {
    packed = call.http.body;
    if (unpack_body(call.http, call.service->body_bytes_max()) == Unpacked::too_large)
      return call.service->body_too_large(call);
  }
  const std::string& sent = packed.empty() ? call.http.body : packed;
  Result<void> decoded = call.service->decode(call);
  if (decoded.has_error() && !call.operation) {
    TRY_VOID(sign_in_.check(call, credential, sent));
    return std::move(decoded).error();
  }
  if (decoded.has_error()) return std::move(decoded).error();
  TRY_VOID(sign_in_.check(call, credential, sent));
  if (call.operation->input) {
    protocol::InputError wrong = call.dom ? protocol::check_dom_input(*call.operation->input, *call.dom)
                                          : protocol::check_input(*call.operation->input, call.input);
    if (wrong) return call.service->invalid_input(wrong);
  }
  const bool only_abroad = call.caller.is_root && !call.operation->checks_root;
  if (!call.operation->access || (only_abroad && !names_another_account(call))) return {};
  Result<protocol::AccessNeeds> needs = call.operation->access(call);
  if (needs.has_error()) return only_abroad ? Result<void>() : Result<void>(std::move(needs).error());
  if (only_abroad) std::erase_if(*needs, [&](const auto& need) { return is_in_another_region(need, call); });
  note_needs(call, *needs);
  if (auto denial = identity_.authorize(call, *needs)) return call.service->access_denied(*denial);
  return {};
}

void Pipeline::run_handler(std::shared_ptr<Call> call, Respond respond) {
  const protocol::Operation& operation = *call->operation;
  if (auto* async = std::get_if<protocol::AsyncHandler>(&operation.handle)) {
    auto due = std::make_shared<DueAnswer>(*this, call, std::move(respond));
    auto give = [&](Result<HttpReply> result) { due->give(std::move(result)); };
    answering_failures(*call, give,
                       [&] { (*async)(call, [due](Result<HttpReply> result) { due->give(std::move(result)); }); });
    return;
  }
  auto work = [this, call, respond, cause = trace::current_cause()] {
    trace::Scope scope(cause);
    auto give = [&](AwsError error) { answer(*call, std::move(error), respond); };
    answering_failures(*call, give, [&] {
      if (auto* json = std::get_if<protocol::JsonHandler>(&call->operation->handle)) {
        Result<Json> output = (*json)(*call);
        if (output.has_error()) return answer(*call, std::move(output).error(), respond);
        return answer(*call, call->service->render(*call, *output), respond);
      }
      answer(*call, std::get<protocol::ReplyHandler>(call->operation->handle)(*call), respond);
    });
  };
  if (operation.runs == protocol::Runs::inlined || call->http.stream) return work();
  if (!workers_.post(work)) respond(text_reply(503, "The server is busy.\n"));
}

void Pipeline::answer(const Call& call, Result<HttpReply> result, const Respond& respond) {
  HttpReply reply = result.has_error() ? call.service->render_error(call, result.error()) : std::move(*result);
  pack_body(call.http, *call.service, reply);
  call.service->finish(call, reply);
  counts_.count(call, reply.status);
  if (result.has_error() && result.error().kind->http_status == 501) log_refusal(call, result.error());
  if (console::shown() || trace::on()) {
    const AwsError error = result.has_error() ? result.error() : AwsError();
    show_request(call, reply.status, result.has_error() ? &error : nullptr);
  }
  respond(std::move(reply));
}

namespace {

/// The services whose clients read XML: by their signing names, from botocore's models.
enum class XmlErrors { none, query, ec2 };
XmlErrors xml_errors_of(const std::string& service) {
  static const std::set<std::string, std::less<>> kQuery{"autoscaling",
                                                         "cloudformation",
                                                         "cloudfront",
                                                         "cloudsearch",
                                                         "elasticache",
                                                         "elasticbeanstalk",
                                                         "iam",
                                                         "importexport",
                                                         "monitoring",
                                                         "rds",
                                                         "elasticloadbalancing",
                                                         "redshift",
                                                         "route53",
                                                         "s3",
                                                         "ses",
                                                         "sdb",
                                                         "sns",
                                                         "sts"};
  if (service == "ec2") return XmlErrors::ec2;
  return kQuery.contains(service) ? XmlErrors::query : XmlErrors::none;
}

bool looks_like_json(const HttpRequest& request) {
  return !request.headers.get("x-amz-target").empty() ||
         request.headers.get("content-type").find("json") != std::string_view::npos;
}

}  // namespace

namespace {

/// What a request of a service that we don't know asks for: a target's operation, a form's action, else method and path.
std::string asked_operation(const HttpRequest& request) {
  constexpr std::string_view kAction = "Action=";
  std::string_view target = request.headers.get("x-amz-target");
  if (!target.empty()) return std::string(target.substr(target.rfind('.') + 1));
  const std::string& body = request.body;
  size_t action = body.starts_with(kAction) ? 0 : body.find("&Action=");
  if (action == std::string::npos) return request.method + " " + std::string(request.raw_path());
  action = body.find('=', action) + 1;
  return body.substr(action, std::min(body.find('&', action), body.size()) - action).substr(0, 100);
}

}  // namespace

HttpReply Pipeline::unknown_service(const HttpRequest& request, const Credential* credential) {
  std::string name = credential ? credential->service : "";
  std::string text = "The service " + name + (name.empty() ? "" : " ") + "is not implemented.", id = random_.uuid();
  log::info("not built: " + (name.empty() ? "what isn't signed for a service" : "the service " + name) +
            ", asked for " + asked_operation(request));
  XmlErrors xml = xml_errors_of(name);
  HttpReply reply;
  reply.status = 501;
  reply.headers.set("x-amzn-RequestId", id);
  if (looks_like_json(request) || (!name.empty() && xml == XmlErrors::none)) {
    reply.headers.set("Content-Type", "application/x-amz-json-1.1");
    reply.headers.set("x-amzn-ErrorType", "NotImplemented");
    reply.body = to_text(Json{{"__type", "NotImplemented"}, {"message", text}});
    return reply;
  }
  std::string words;
  protocol::append_xml_text(words, text);
  words = "<Code>NotImplemented</Code><Message>" + words + "</Message></Error>";
  reply.headers.set("Content-Type", "text/xml");
  reply.body =
      xml == XmlErrors::ec2
          ? "<Response><Errors><Error>" + words + "</Errors><RequestID>" + id + "</RequestID></Response>"
          : "<ErrorResponse><Error><Type>Sender</Type>" + words + "<RequestId>" + id + "</RequestId></ErrorResponse>";
  return reply;
}

}  // namespace millrace::server
