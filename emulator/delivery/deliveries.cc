#include "emulator/delivery/deliveries.h"

#include <algorithm>

#include "emulator/base/guard.h"
#include "emulator/base/log.h"
#include "emulator/base/mutex.h"
#include "emulator/base/trace.h"
#include "emulator/storage/documents.h"

namespace millrace::delivery {

namespace {

constexpr Millis kFirstRetryMs = 1000;  // unverified: AWS tells of "exponential back-off and jitter" only
constexpr Millis kLongestRetryMs = 15 * 60'000;
constexpr int kDoublingsMax = 10;

std::string key_of(const std::string& id) {
  return storage::document_key({"delivery", id});
}

Json attributes_json(const ports::Message& message) {
  Json out = Json::object();
  for (const auto& [name, typed] : message.attributes) out[name] = Json::array({typed.first, typed.second});
  return out;
}

Json message_json(const ports::Message& message) {
  Json out{{"body", message.body}};
  if (!message.attributes.empty()) out["attributes"] = attributes_json(message);
  if (!message.subject.empty()) out["subject"] = message.subject;
  if (!message.parameters.empty()) out["parameters"] = message.parameters;
  if (!message.system.empty()) out["system"] = message.system;
  return out;
}

ports::Message message_of(const Json& json) {
  ports::Message out;
  out.body = text_of(json, "body");
  out.subject = text_of(json, "subject");
  if (const Json* attributes = find(json, "attributes")) {
    for (const auto& [name, typed] : attributes->items())
      out.attributes[name] = {typed.at(0).get<std::string>(), typed.at(1).get<std::string>()};
  }
  if (const Json* parameters = find(json, "parameters")) {
    for (const auto& [name, value] : parameters->items()) out.parameters[name] = value.get<std::string>();
  }
  if (const Json* system = find(json, "system")) {
    for (const auto& [name, value] : system->items()) out.system[name] = value.get<std::string>();
  }
  return out;
}

Json sender_json(const ports::Destination::Sender& sender) {
  return {{"role", sender.role_arn},
          {"service", sender.service_principal},
          {"source", sender.source_arn},
          {"account", sender.account},
          {"region", sender.region}};
}

ports::Destination::Sender sender_of(const Json& sender) {
  return {text_of(sender, "role"), text_of(sender, "service"), text_of(sender, "source"), text_of(sender, "account"),
          text_of(sender, "region")};
}

Json document_of(const Delivery& delivery, Millis now) {
  Json out{{"target", delivery.target_arn}, {"accepted_ms", now}, {"due_ms", now}, {"attempts", 0}};
  out["message"] = message_json(delivery.message);
  out["sender"] = sender_json(delivery.sender);
  out["max_age_s"] = delivery.retry.max_age_s;
  out["max_attempts"] = delivery.retry.max_attempts;
  if (!delivery.dead_letter_arn.empty()) {
    out["dead_letter_arn"] = delivery.dead_letter_arn;
    if (delivery.plain_error_codes) out["plain_error_codes"] = true;
    out["dead_letter"] = message_json(delivery.dead_letter);
    out["dead_letter_sender"] = sender_json(delivery.dead_letter_sender);
  }
  if (!delivery.origin.empty()) out["origin"] = delivery.origin;
  if (!delivery.problem_code.empty()) {
    out["problem_code"] = delivery.problem_code;
    out["problem"] = delivery.problem;
  }
  if (std::string cause = delivery.cause.empty() ? trace::current_key() : delivery.cause; !cause.empty())
    out["cause"] = std::move(cause);
  if (!delivery.metrics_namespace.empty()) {
    out["metrics_namespace"] = delivery.metrics_namespace;
    out["dimensions"] = delivery.dimensions;
  }
  return out;
}

/// A target that will refuse for ever isn't asked again.
bool is_final(const AwsError& error) {
  return error.kind->http_status < 500 && error.kind->http_status != 429;
}

/// Scheduler has names of its own for what rules' metrics call so.
const char* name_in(const std::string& name_space, std::string_view metric) {
  static constexpr std::pair<std::string_view, const char*> kOfScheduler[] = {
      {"Invocations", "InvocationAttemptCount"},
      {"RetryInvocationAttempts", "InvocationAttemptCount"},
      {"FailedInvocations", "InvocationDroppedCount"},
      {"FailedAttempts", "TargetErrorCount"},
      {"InvocationsSentToDlq", "InvocationsSentToDeadLetterCount"},
      {"InvocationsFailedToBeSentToDlq", "InvocationsFailedToBeSentToDeadLetterCount"}};
  for (const auto& [of_rules, own] : kOfScheduler) {
    if (name_space == "AWS/Scheduler" && metric == of_rules) return own;
  }
  return metric.data();
}

/// How EventBridge's dead-letter attributes call it.
std::string code_of(const AwsError& error) {
  const std::string_view code = error.kind->code;
  // Who knows EventBridge's words says them: "CONNECTION_FAILURE".
  if (std::all_of(code.begin(), code.end(), [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; }))
    return std::string(code);
  if (code.find("AccessDenied") != std::string_view::npos) return "NO_PERMISSIONS";
  for (std::string_view missing : {"NotFound", "NonExistent", "DoesNotExist", "NoSuch"}) {
    if (code.find(missing) != std::string_view::npos) return "NO_RESOURCE";
  }
  if (error.kind->http_status == 429 || code.find("Throttl") != std::string_view::npos) return "THROTTLING";
  return error.kind->http_status >= 500 ? "ERROR_FROM_TARGET" : "INVALID_PARAMETER";
}

/// For those who wait for an account's deliveries.
WorkInProgress::Piece piece_of(const Json& document) {
  const Json* sender = find(document, "sender");
  return {sender ? text_of(*sender, "account") : "", "", int_of(document, "accepted_ms")};
}

}  // namespace

/// Made when the first delivery is there: a server that delivers nothing has no such thread.
struct Deliveries::Thread {
  Mutex mutex;
  std::unique_ptr<Executor> executor GUARDED_BY(mutex);
  bool stopped GUARDED_BY(mutex) = false;

  void post(std::function<void()> task) {
    MutexLock lock(mutex);
    if (stopped) return;
    if (!executor) executor = std::make_unique<Executor>("a delivery", 1);  // what posts is bounded by kWaitingMax
    executor->post(std::move(task));
  }
  void stop() {
    std::unique_ptr<Executor> ending;
    {
      MutexLock lock(mutex);
      stopped = true;
      ending = std::move(executor);
    }
  }
};

Deliveries::Deliveries(storage::Store& store, Clock& clock, Timers& timers, Random& random, const ports::Ports& ports)
    : store_(store),
      clock_(clock),
      timers_(timers),
      random_(random),
      destination_(ports),
      metrics_(ports),
      thread_(std::make_shared<Thread>()) {}

Deliveries::~Deliveries() {
  stop();
}

void Deliveries::stop() {
  thread_->stop();
}

void Deliveries::start() {
  const std::string prefix = storage::document_key({"delivery"});
  storage::each_document(store_, prefix, "", [&](std::string_view key, Json document) {
    key.remove_prefix(prefix.size());
    auto id = storage::take_part(key);
    if (!id) return true;
    work_->begin(*id, piece_of(document));
    timers_.at(int_of(document, "due_ms"), [this, thread = thread_, id = *id] { enter(id); });
    return true;
  });
}

void Deliveries::post(std::function<void()> task) {
  work_->begin();
  thread_->post([work = work_, task = std::move(task)] {
    guarded("a delivery's task", task);
    work->end();
  });
}

void Deliveries::add(storage::Txn& txn, const Delivery& delivery) {
  const std::string id = random_.uuid();
  const Json document = document_of(delivery, clock_.now_ms());
  storage::put_document(txn, key_of(id), document);
  txn.after_commit([this, id, piece = piece_of(document)] {
    work_->begin(id, piece);
    enter(id);
  });
}

void Deliveries::enter(const std::string& id) {
  thread_->post([this, id] {
    if (guarded("a delivery", [&] { run(id); })) return;
    // What throws is a failure like others, which ends in time.
    static constexpr ErrorKind kThrew{"InternalFailure", 500};
    const bool told = guarded("a delivery's failure", [&] {
      if (auto document = storage::get_document(store_, key_of(id)))
        failed(id, std::move(*document), AwsError(kThrew, "An internal error occurred."));
    });
    // A store that can't be read now may be later; the message is in it.
    if (!told) timers_.at(clock_.now_ms() + kLongestRetryMs, [this, thread = thread_, id] { enter(id); });
  });
}

void Deliveries::run(const std::string& id) {
  auto document = storage::get_document(store_, key_of(id));
  if (!document) return work_->end(id);
  trace::Scope scope(text_of(*document, "cause"));
  if (const std::string code = text_of(*document, "problem_code"); !code.empty()) {
    give_up(*document, code, text_of(*document, "problem"), nullptr);
    return end(id);
  }
  count(*document, int_of(*document, "attempts") == 0 ? "Invocations" : "RetryInvocationAttempts");
  const std::string target = text_of(*document, "target");
  const ports::Message message = message_of(document->at("message"));
  const ports::Destination::Sender sender = sender_of(document->at("sender"));
  const Outcome outcome{0, text_of(*document, "origin"), target, "", ""};
  for (const auto& outside : outsides_) {
    if (!outside->sends_to(target)) continue;
    return outside->send(target, message, sender, [this, thread = thread_, id, outcome](const Result<void>& sent) {
      thread->post([this, id, outcome, sent] { ended(id, outcome, sent); });
    });
  }
  ended(id, outcome, destination_.get()->send(target, message, sender));
}

void Deliveries::ended(const std::string& id, Outcome outcome, const Result<void>& sent) {
  if (sent.has_value()) {
    outcome.what = "delivered";
    note(std::move(outcome));
    return end(id);
  }
  auto document = storage::get_document(store_, key_of(id));
  if (!document) return work_->end(id);
  trace::Scope scope(text_of(*document, "cause"));
  if (text_of(*document, "metrics_namespace") == "AWS/Scheduler") count(*document, "FailedAttempts");
  failed(id, std::move(*document), sent.error());
}

void Deliveries::failed(const std::string& id, Json document, const AwsError& error) {
  const int64_t attempts = int_of(document, "attempts");
  const Millis now = clock_.now_ms();
  const Millis deadline = int_of(document, "accepted_ms") + int_of(document, "max_age_s") * 1000;
  const Millis wait = std::min(kFirstRetryMs << std::min<int64_t>(attempts, kDoublingsMax), kLongestRetryMs);
  const int64_t asked_s = int_of(error.extra, "RetryAfterSeconds");
  const Millis due = asked_s > 0
                         ? now + asked_s * 1000
                         : now + wait / 2 + static_cast<Millis>(random_.below(static_cast<uint64_t>(wait / 2 + 1)));
  const char* exhausted = attempts >= int_of(document, "max_attempts") ? "MaximumRetryAttempts"
                          : due > deadline                             ? "MaximumEventAgeInSeconds"
                                                                       : nullptr;
  if (is_final(error) || exhausted) {
    const std::string code = bool_of(document, "plain_error_codes") ? error.kind->code : code_of(error);
    give_up(document, code, error.message, is_final(error) ? nullptr : exhausted);
    return end(id);
  }
  note({0, text_of(document, "origin"), text_of(document, "target"), "to be tried again at " + iso_millis(due),
        error.message});
  if (trace::on())
    trace::note({.kind = "retry",
                 .subject = text_of(document, "target"),
                 .text = "attempt " + std::to_string(attempts + 1) + " of the delivery to " +
                         text_of(document, "target") + " failed; the next is at " + iso_millis(due),
                 .reason = error.message,
                 .failed = true});
  document["attempts"] = attempts + 1;
  document["due_ms"] = due;
  auto stored = store_.transact([&](storage::Txn& txn) -> Result<void> {
    storage::put_document(txn, key_of(id), document);
    return {};
  });
  if (stored.has_error()) log::error("a delivery to " + text_of(document, "target") + ": " + stored.error().message);
  work_->failed(id, due, error.message);
  timers_.at(due, [this, thread = thread_, id] { enter(id); });
}

void Deliveries::give_up(const Json& document, const std::string& code, const std::string& sentence,
                         const char* exhausted) {
  const std::string target = text_of(document, "target"), queue = text_of(document, "dead_letter_arn");
  count(document, "FailedInvocations");
  log::warning("a delivery to " + target + " failed: " + sentence);
  note({0, text_of(document, "origin"), target, queue.empty() ? "given up" : "given up, sent to " + queue, sentence});
  if (trace::on())
    trace::note(
        {.kind = "given up",
         .subject = target,
         .text = "the delivery to " + target + (queue.empty() ? "; it has no dead-letter queue" : "; sent to " + queue),
         .reason = sentence,
         .failed = true});
  if (queue.empty()) return;
  ports::Message message = message_of(document.at("dead_letter"));
  message.attributes["ERROR_CODE"] = {"String", code};
  message.attributes["ERROR_MESSAGE"] = {"String", sentence.empty() ? code : sentence};
  if (exhausted) {
    message.attributes["EXHAUSTED_RETRY_CONDITION"] = {"String", exhausted};
    message.attributes["RETRY_ATTEMPTS"] = {"String", std::to_string(int_of(document, "attempts"))};
  }
  auto sent = destination_.get()->send(queue, message, sender_of(document.at("dead_letter_sender")));
  count(document, sent.has_error() ? "InvocationsFailedToBeSentToDlq" : "InvocationsSentToDlq");
  if (sent.has_error()) log::warning("the dead-letter queue " + queue + " refused it: " + sent.error().message);
}

void Deliveries::end(const std::string& id) {
  store_.submit(
      [key = key_of(id)](storage::Txn& txn) {
        txn.erase(storage::Family::meta, key);
        return true;
      },
      [work = work_, id](storage::Outcome) { work->end(id); });
}

void Deliveries::note(Outcome outcome) {
  if (outcome.origin.empty()) return;
  outcome.at_ms = clock_.now_ms();
  MutexLock lock(outcomes_mutex_);
  outcomes_.push_back(std::move(outcome));
  if (outcomes_.size() > kOutcomesMax) outcomes_.pop_front();
}

std::vector<Outcome> Deliveries::outcomes(const std::string& origin) const {
  std::vector<Outcome> out;
  MutexLock lock(outcomes_mutex_);
  for (auto it = outcomes_.rbegin(); it != outcomes_.rend() && out.size() < kOutcomesShown; ++it) {
    if (it->origin == origin) out.push_back(*it);
  }
  std::reverse(out.begin(), out.end());
  return out;
}

std::string Deliveries::told_outcomes(const std::string& origin) const {
  std::string out;
  for (const Outcome& outcome : outcomes(origin)) {
    out += "  " + iso_millis(outcome.at_ms) + "  " + outcome.what + ": " + outcome.target + "\n";
    if (!outcome.reason.empty()) out += "      " + outcome.reason + "\n";
  }
  return out;
}

void Deliveries::count(const Json& document, const char* metric) {
  const std::string name_space = text_of(document, "metrics_namespace");
  ports::Metrics* metrics = metrics_.get();
  if (name_space.empty() || !metrics) return;
  ports::MetricName name{text_of(document.at("sender"), "account"), text_of(document.at("sender"), "region"),
                         name_space, name_in(name_space, metric)};
  for (const auto& [dimension, value] : document.at("dimensions").items())
    name.dimensions[dimension] = value.get<std::string>();
  metrics->count(name, 1);
}

}  // namespace millrace::delivery
