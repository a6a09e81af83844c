#include "emulator/services/secretsmanager/rotator.h"

#include "emulator/base/log.h"
#include "emulator/services/secretsmanager/manager.h"
#include "emulator/storage/document_form.h"

namespace millrace::secretsmanager {

namespace {

constexpr const char* kSteps[] = {"createSecret", "setSecret", "testSecret", "finishSecret"};
constexpr int kStepCount = 4;
constexpr int kAttempts = 5;
constexpr Millis kFirstWaitMs = 60'000;  // doubled each time. unverified: AWS says "several times over hours"

/// All steps are done. False: the function ended well, but the new version isn't the current one.
bool complete(Secret& secret, const std::string& token, Millis now) {
  if (secret.version_at("AWSCURRENT") != token) return false;
  if (secret.version_at("AWSPENDING") == token) secret.stages.erase("AWSPENDING");
  if (!secret.rotation) secret.rotation.emplace();
  secret.rotation->last_ms = now;
  secret.rotation->next_ms = next_rotation(*secret.rotation, now);
  secret.changed_ms = now;
  secret.rotating.reset();
  return true;
}

/// The same rotation is tried again from its first step, later and later.
void wait_or_give_up(Secret& secret, Millis now) {
  Rotating& rotating = *secret.rotating;
  if (++rotating.attempts >= kAttempts || rotating.only_test) {
    secret.rotating.reset();  // AWSPENDING stays where it is
    return;
  }
  rotating.step = 0;
  rotating.retry_ms = now + (kFirstWaitMs << (rotating.attempts - 1));
}

}  // namespace

void begin_rotation(Secret& secret, const std::string& token, int step, bool only_test) {
  secret.rotating = Rotating{.token = token, .step = step, .only_test = only_test};
}

void Rotator::start() {
  storage::each_model_anywhere<Secret>(manager_.context.store, "secretsmanager", "secret",
                                       [this](std::string_view, const Secret& secret) {
                                         if (secret.is_deleted()) manager_.erase_later(secret);
                                         if (secret.rotating) continue_rotation(secret.place(), secret.name);
                                         arm(secret);
                                       });
}

void Rotator::post(std::function<void()> task) {
  MutexLock lock(mutex_);
  if (stopped_) return;
  if (!thread_) thread_ = std::make_unique<Executor>("the rotation of secrets", 1);
  thread_->post(std::move(task));
}

void Rotator::stop() {
  std::unique_ptr<Executor> last;
  {
    MutexLock lock(mutex_);
    stopped_ = true;
    last = std::move(thread_);
  }
}

void Rotator::continue_rotation(const Place& place, const std::string& name) {
  manager_.rotations.begin();
  post([this, place, name] { step(place, name); });
}

void Rotator::arm(const Secret& secret) {
  const auto next = secret.rotation && secret.rotation->enabled ? secret.rotation->next_ms : std::nullopt;
  if (!next) return;
  manager_.context.timers.at(*next, [this, place = secret.place(), name = secret.name, at = *next] {
    manager_.rotations.begin();
    post([this, place, name, at] { due(place, name, at); });
  });
}

void Rotator::due(const Place& place, const std::string& name, Millis at) {
  const std::string fresh = manager_.context.random.uuid();
  auto begun = manager_.context.store.transact([&](storage::Txn& txn) -> Result<bool> {
    auto secret = read_secret(txn, place, name, manager_.now());
    if (!secret || secret->is_deleted() || secret->rotating || !secret->rotation) return false;
    Rotation& rotation = *secret->rotation;
    if (!rotation.enabled || rotation.next_ms != at) return false;  // it was changed meanwhile
    // What a failed rotation left pending is what the next one goes on with.
    const std::string pending = secret->version_at("AWSPENDING");
    const std::string token = pending.empty() ? fresh : pending;
    if (pending.empty()) {
      put_version(txn, *secret, {.id = token, .created_ms = manager_.now()});
      move_stage(*secret, "AWSPENDING", token);
    }
    begin_rotation(*secret, token, 0, false);
    rotation.next_ms = next_rotation(rotation, at);
    if (rotation.next_ms) rotation.next_ms = std::max(*rotation.next_ms, manager_.now());  // counts if this one fails
    put_secret(txn, *secret);
    return true;
  });
  if (begun.has_value() && *begun) return step(place, name);
  manager_.rotations.end();
}

void Rotator::step(const Place& place, const std::string& name) {
  const auto secret = read_secret(manager_.context.store, place, name, manager_.now());
  if (!secret || !secret->rotating || secret->is_deleted()) return manager_.rotations.end();
  const Rotating& rotating = *secret->rotating;
  if (rotating.retry_ms > manager_.now()) {
    manager_.context.timers.at(rotating.retry_ms, [this, place, name] { continue_rotation(place, name); });
    return manager_.rotations.end();
  }
  const int number = static_cast<int>(rotating.step);
  const std::string token = rotating.token;
  const Json event{{"Step", kSteps[number]}, {"SecretId", secret->arn}, {"ClientRequestToken", token}};
  manager_.ports.functions.call({.function_arn = secret->rotation ? secret->rotation->function : "",
                                 .payload = to_text(event),
                                 .request_id = manager_.context.random.uuid(),
                                 .service_principal = "secretsmanager.amazonaws.com",
                                 .source_arn = secret->arn,
                                 .source_account = place.account},
                                [this, place, name, token, number](ports::FunctionAnswer answer) {
                                  post([this, place, name, token, number, answer = std::move(answer)] {
                                    settle(place, name, token, number, answer);
                                  });
                                });
}

void Rotator::settle(const Place& place, const std::string& name, const std::string& token, int number,
                     const ports::FunctionAnswer& answer) {
  const bool ok = answer.status == ports::FunctionAnswer::Status::ok;
  if (!ok)
    log::warning("Secrets Manager: " + std::string(kSteps[number]) + " of " + name +
                 " failed: " + answer.payload.substr(0, 300));
  auto settled = manager_.context.store.transact([&](storage::Txn& txn) -> Result<Secret> {
    auto secret = read_secret(txn, place, name, manager_.now());
    if (!secret || !secret->rotating || secret->rotating->token != token) return no_such_secret();  // it was cancelled
    const bool last = number + 1 == kStepCount;
    if (secret->rotating->only_test) {
      secret->rotating.reset();
    } else if (!ok || (last && !complete(*secret, token, manager_.now()))) {
      wait_or_give_up(*secret, manager_.now());
    } else if (!last) {
      secret->rotating->step = number + 1;
    }
    put_secret(txn, *secret);
    return std::move(*secret);
  });
  if (settled.has_error()) return manager_.rotations.end();
  if (settled->rotating) return step(place, name);  // the next one, or a wait
  arm(*settled);
  manager_.rotations.end();
}

}  // namespace millrace::secretsmanager
