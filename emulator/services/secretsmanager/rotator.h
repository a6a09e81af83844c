#pragma once
// Rotation by a function: the four steps, one after the other, on the emulator's clock. How far a rotation is stands in the secret's
// document before a step begins, so that it goes on after the server's death; a step may then run twice.

#include <memory>
#include <optional>
#include <string>

#include "emulator/base/executor.h"
#include "emulator/base/mutex.h"
#include "emulator/ports/function_caller.h"
#include "emulator/services/secretsmanager/secrets.h"

namespace millrace::secretsmanager {

struct Manager;

/// When what was rotated at `last` is rotated next; nullopt: never by itself.
std::optional<Millis> next_rotation(const Rotation& rotation, Millis last);
/// InvalidParameterException for rules that AWS refuses.
Result<void> check_rules(const Json& rules);

/// Writes into the secret that its rotation to the version `token` begins. `step`: the first one to run.
void begin_rotation(Secret& secret, const std::string& token, int step, bool only_test);

class Rotator {
 public:
  explicit Rotator(Manager& manager) : manager_(manager) {}

  /// Takes up what was under way when the server died, and every schedule.
  void start();
  /// Goes on with the rotation that the secret's document says is under way.
  void continue_rotation(const Place& place, const std::string& name);
  /// Sets the timer for the secret's next rotation.
  void arm(const Secret& secret);
  /// Nothing runs after this.
  void stop();

 private:
  void post(std::function<void()> task);
  void step(const Place& place, const std::string& name);
  void settle(const Place& place, const std::string& name, const std::string& token, int step,
              const ports::FunctionAnswer& answer);
  /// The time for a rotation by schedule has come.
  void due(const Place& place, const std::string& name, Millis at);

  Manager& manager_;
  Mutex mutex_;
  std::unique_ptr<Executor> thread_ GUARDED_BY(mutex_);  // made when something first rotates
  bool stopped_ GUARDED_BY(mutex_) = false;
};

}  // namespace millrace::secretsmanager
