#pragma once
// Who is to be called when: the next firing of each schedule, on the emulator's clock. One timer is set, for the first.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "emulator/base/clock.h"

namespace millrace::delivery {

class Firings {
 public:
  /// `fire` is called on the timers' thread with a key whose time has come, once for each set(); it must only post.
  Firings(Timers& timers, std::function<void(const std::string& key)> fire);
  ~Firings();

  /// The key's next firing; replaces the former one.
  void set(const std::string& key, Millis due);
  void remove(const std::string& key);
  /// When the key fires next; nullopt: never.
  std::optional<Millis> next(const std::string& key) const;
  /// Nothing is called after this returns, except what is being called. Idempotent.
  void stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace millrace::delivery
