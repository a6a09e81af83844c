#include "emulator/server/service_caller.h"

#include <fmt/format.h>

#include <algorithm>

#include "emulator/base/arn.h"
#include "emulator/base/encoding.h"
#include "emulator/base/system_time.h"
#include "emulator/protocol/sigv4.h"

namespace millrace::server {

using ports::ServiceAnswer;
using protocol::HttpReply;
using protocol::HttpRequest;

namespace {

constexpr int kSessionSeconds = 3600;
constexpr size_t kAnswerMax = 10u << 20;  // what an integration's answer may hold

/// A body that is there already.
class WholeBody final : public protocol::BodyReader {
 public:
  explicit WholeBody(std::string bytes) : bytes_(std::move(bytes)) {}
  State read(std::string& out, size_t max) override {
    const size_t take = std::min(max, bytes_.size() - at_);
    out.append(bytes_, at_, take);
    at_ += take;
    return at_ == bytes_.size() ? State::end : State::more;
  }

 private:
  std::string bytes_;
  size_t at_ = 0;
};

/// The names as the credential keeps them: a list, or one text.
template <class Names>
void assign_names(Names& into, const std::string& names) {
  if constexpr (std::is_same_v<Names, std::string>) {
    into = names;
  } else {
    for (size_t from = 0; from < names.size();) {
      const size_t end = std::min(names.find(';', from), names.size());
      into.push_back(names.substr(from, end - from));
      from = end + 1;
    }
  }
}

void sign(HttpRequest& request, const ports::ServiceCall& call, const ports::Credentials& session) {
  const CalendarTime now = calendar(system_time_ms());
  protocol::Credential credential;
  credential.access_key_id = session.access_key_id;
  credential.date = fmt::format("{:04}{:02}{:02}", now.year, now.month, now.day);
  credential.timestamp = fmt::format("{}T{:02}{:02}{:02}Z", credential.date, now.hour, now.minute, now.second);
  credential.region = call.region;
  credential.service = call.service;
  const std::string hash = to_hex(sha256(request.body));
  request.headers.set("X-Amz-Date", credential.timestamp);
  const bool is_session = !session.session_token.empty();  // a user's own key has none
  if (is_session) request.headers.set("X-Amz-Security-Token", session.session_token);
  request.headers.set("X-Amz-Content-Sha256", hash);
  std::string names = "host;x-amz-content-sha256;x-amz-date";
  if (is_session) names += ";x-amz-security-token";
  if (request.headers.has("x-amz-target")) names += ";x-amz-target";
  assign_names(credential.signed_headers, names);
  const std::string signature = protocol::expected_signature(request, credential, session.secret_access_key, hash);
  request.headers.set(
      "Authorization",
      fmt::format("AWS4-HMAC-SHA256 Credential={}/{}/{}/{}/aws4_request, SignedHeaders={}, Signature={}",
                  credential.access_key_id, credential.date, call.region, call.service, names, signature));
}

/// Reads what is left of an answer's body and then gives it.
void collect(std::shared_ptr<HttpReply> reply, std::function<void(HttpReply&)> done) {
  if (!reply->stream) return done(*reply);
  reply->stream->next([reply, done](protocol::BodySource::Piece piece) {
    reply->body += piece.bytes;
    if (piece.last || piece.failed || reply->body.size() > kAnswerMax) reply->stream = nullptr;
    collect(reply, done);
  });
}

ServiceAnswer answer_of(HttpReply& reply) {
  ServiceAnswer out;
  out.http_status = reply.status;
  for (const auto& [name, value] : reply.headers) out.headers.emplace_back(name, value);
  out.body = std::move(reply.body);
  return out;
}

}  // namespace

Result<ports::Credentials> InternalCaller::session_of(const std::string& role_arn) {
  constexpr Millis kLeftMin = 60'000;
  {
    MutexLock lock(mutex_);
    for (const Session& one : sessions_) {
      if (one.role_arn == role_arn && one.credentials.expires_ms > clock_.now_ms() + kLeftMin) return one.credentials;
    }
  }
  TRY(ports::Credentials made,
      authority_.get()->assume_for_service(role_arn, "BackplaneAssumeRoleSession", kSessionSeconds, ""));
  MutexLock lock(mutex_);
  sessions_.remove_if([&](const Session& one) { return one.role_arn == role_arn; });
  sessions_.push_front({role_arn, made});
  if (sessions_.size() > kSessionsMax) sessions_.pop_back();
  return made;
}

void InternalCaller::send(const ports::ServiceCall& call, const std::function<void(ServiceAnswer)>& done) {
  const auto refuse = [&](std::string why) { done({ServiceAnswer::Status::role_refused, 0, {}, std::move(why)}); };
  Result<ports::Credentials> session = call.session;
  if (call.session.access_key_id.empty()) {
    const auto role = Arn::parse(call.role_arn);
    if (!role || role->account != call.account) return refuse("Cross-account pass role is not allowed.");
    if (!authority_.get()->role_trusts_service(call.role_arn, call.service_principal, call.source_arn))
      return refuse(call.service_principal + " may not assume " + call.role_arn);
    session = session_of(call.role_arn);
  }
  if (session.has_error()) return refuse(session.error().message);
  HttpRequest request;
  request.method = call.method;
  request.target = call.target;
  request.headers.set("Host", call.service + "." + call.region + ".amazonaws.com");
  for (const auto& [name, value] : call.headers) request.headers.set(name, value);
  request.body = call.body;
  request.peer = "127.0.0.1";
  sign(request, call, *session);
  Front::BodyPlan plan = front_->plan(request, ConnectionEnds{});
  if (plan.refuse) return done(answer_of(*plan.refuse));
  if (plan.stream) {
    request.headers.set("Content-Length", std::to_string(request.body.size()));
    request.stream = std::make_shared<WholeBody>(std::exchange(request.body, {}));
  }
  front_->handle(std::move(request), plan.facts, [done](HttpReply reply) {
    collect(std::make_shared<HttpReply>(std::move(reply)), [done](HttpReply& whole) { done(answer_of(whole)); });
  });
}

void InternalCaller::call(ports::ServiceCall call, std::function<void(ServiceAnswer)> done) {
  if (++*under_way_ > kCallsMax) {
    --*under_way_;
    return done({ServiceAnswer::Status::answered, 503, {}, "Too many calls are under way."});
  }
  done = [under_way = under_way_, done = std::move(done)](ServiceAnswer answer) {
    --*under_way;
    done(std::move(answer));
  };
  auto shared = std::make_shared<ports::ServiceCall>(std::move(call));
  const bool queued = front_->run_blocking([this, shared, done] { send(*shared, done); });
  if (!queued) done({ServiceAnswer::Status::answered, 503, {}, "The server is busy."});
}

}  // namespace millrace::server
