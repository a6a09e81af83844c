#include "emulator/services/secretsmanager/rotator.h"

#include "emulator/base/log.h"
#include "emulator/services/secretsmanager/manager.h"
#include "emulator/storage/documents.h"

namespace millrace::secretsmanager {

namespace {

constexpr const char* kSteps[] = {"createSecret", "setSecret", "testSecret", "finishSecret"};
constexpr int kStepCount = 4;
constexpr int kAttempts = 5;
constexpr Millis kFirstWaitMs = 60'000;  // doubled each time. unverified: AWS says "several times over hours"

/// All steps are done. False: the function ended well, but the new version isn't the current one.
bool complete(Secret& secret, const std::string& token, Millis now) {
  Json& stages = secret["stages"];
  if (text_of(stages, "AWSCURRENT") != token) return false;
  if (text_of(stages, "AWSPENDING") == token) stages.erase("AWSPENDING");
  Json& rotation = secret["rotation"];
  rotation["last_ms"] = now;
  rotation.erase("next_ms");
  if (const auto next = next_rotation(rotation.value("rules", Json::object()), now)) rotation["next_ms"] = *next;
  secret["changed_ms"] = now;
  secret.erase("rotating");
  return true;
}

/// The same rotation is tried again from its first step, later and later.
void wait_or_give_up(Secret& secret, Millis now) {
  Json& rotating = secret["rotating"];
  const int64_t attempts = int_of(rotating, "attempts") + 1;
  if (attempts >= kAttempts || bool_of(rotating, "only_test")) {
    secret.erase("rotating");  // AWSPENDING stays where it is
    return;
  }
  rotating["attempts"] = attempts;
  rotating["step"] = 0;
  rotating["retry_ms"] = now + (kFirstWaitMs << (attempts - 1));
}

}  // namespace

void begin_rotation(Secret& secret, const std::string& token, int step, bool only_test) {
  secret["rotating"] = {{"token", token}, {"step", step}, {"attempts", 0}, {"only_test", only_test}};
}

void Rotator::start() {
  storage::each_document(manager_.context.store, storage::document_key({"secretsmanager"}), "",
                         [this](std::string_view, Json secret) {
                           const Place place{text_of(secret, "account"), text_of(secret, "region")};
                           if (secret.contains("deletion_ms")) manager_.erase_later(secret);
                           if (secret.contains("rotating")) continue_rotation(place, text_of(secret, "name"));
                           if (secret.contains("rotation")) arm(secret);
                           return true;
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
  const Json* rotation = find(secret, "rotation");
  const auto next = rotation && bool_of(*rotation, "enabled") ? optional_int(*rotation, "next_ms") : std::nullopt;
  if (!next) return;
  const Place place{text_of(secret, "account"), text_of(secret, "region")};
  manager_.context.timers.at(*next, [this, place, name = text_of(secret, "name"), at = *next] {
    manager_.rotations.begin();
    post([this, place, name, at] { due(place, name, at); });
  });
}

void Rotator::due(const Place& place, const std::string& name, Millis at) {
  const std::string fresh = manager_.context.random.uuid();
  auto begun = manager_.context.store.transact([&](storage::Txn& txn) -> Result<bool> {
    auto secret = read_secret(txn, place, name, manager_.now());
    if (!secret || secret->contains("deletion_ms") || secret->contains("rotating")) return false;
    const Json rotation = secret->value("rotation", Json::object());
    if (!bool_of(rotation, "enabled") || int_of(rotation, "next_ms") != at) return false;  // it was changed meanwhile
    // What a failed rotation left pending is what the next one goes on with.
    const std::string pending = text_of((*secret)["stages"], "AWSPENDING");
    const std::string token = pending.empty() ? fresh : pending;
    if (pending.empty()) {
      put_version(txn, *secret, {{"id", token}, {"created_ms", manager_.now()}});
      move_stage(*secret, "AWSPENDING", token);
    }
    begin_rotation(*secret, token, 0, false);
    (*secret)["rotation"].erase("next_ms");
    if (const auto next = next_rotation(rotation.value("rules", Json::object()), at))
      (*secret)["rotation"]["next_ms"] = std::max(*next, manager_.now());  // counts if this one fails
    put_secret(txn, *secret);
    return true;
  });
  if (begun.has_value() && *begun) return step(place, name);
  manager_.rotations.end();
}

void Rotator::step(const Place& place, const std::string& name) {
  const auto secret = read_secret(manager_.context.store, place, name, manager_.now());
  const Json* rotating = secret ? find(*secret, "rotating") : nullptr;
  if (!rotating || secret->contains("deletion_ms")) return manager_.rotations.end();
  if (int_of(*rotating, "retry_ms") > manager_.now()) {
    manager_.context.timers.at(int_of(*rotating, "retry_ms"), [this, place, name] { continue_rotation(place, name); });
    return manager_.rotations.end();
  }
  const int number = static_cast<int>(int_of(*rotating, "step"));
  const std::string token = text_of(*rotating, "token"), arn = text_of(*secret, "arn");
  const Json event{{"Step", kSteps[number]}, {"SecretId", arn}, {"ClientRequestToken", token}};
  manager_.ports.functions.call({.function_arn = text_of(secret->value("rotation", Json::object()), "function"),
                                 .payload = to_text(event),
                                 .request_id = manager_.context.random.uuid(),
                                 .service_principal = "secretsmanager.amazonaws.com",
                                 .source_arn = arn,
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
    const Json* rotating = secret ? find(*secret, "rotating") : nullptr;
    if (!rotating || text_of(*rotating, "token") != token) return no_such_secret();  // it was cancelled
    const bool last = number + 1 == kStepCount;
    if (bool_of(*rotating, "only_test")) {
      secret->erase("rotating");
    } else if (!ok || (last && !complete(*secret, token, manager_.now()))) {
      wait_or_give_up(*secret, manager_.now());
    } else if (!last) {
      (*secret)["rotating"]["step"] = number + 1;
    }
    put_secret(txn, *secret);
    return std::move(*secret);
  });
  if (settled.has_error()) return manager_.rotations.end();
  if (settled->contains("rotating")) return step(place, name);  // the next one, or a wait
  arm(*settled);
  manager_.rotations.end();
}

}  // namespace millrace::secretsmanager
