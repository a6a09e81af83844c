#pragma once
// Subscriptions that go in circles: what a function is handed makes it log, and that is handed to it again. AWS leaves
// the circle to the user's bill; here it is braked, by what a delivery caused and not by a group's name: events that a
// function wrote come from it and from whatever it was handed in the last minute.

#include <map>
#include <string>

#include "emulator/base/clock.h"

namespace millrace::logs {

/// Belongs to one thread.
class SubscriptionLoops {
 public:
  /// A function gets at most this many deliveries in a minute of what its own deliveries caused; the rest is dropped.
  static constexpr int kRoundsPerMinuteMax = 16;

  enum class Verdict { deliver, stop, stopped_before };
  /// Whether `function` may be handed events that `writer` wrote (its ARN; empty: no function). A delivery is taken
  /// note of. `stop` once a minute, then `stopped_before`.
  Verdict judge(const std::string& function, const std::string& writer, Millis now);

 private:
  struct Handed {
    std::map<std::string, Millis> causes;  // functions, and when something of theirs was last handed over
    Millis minute = 0;
    int rounds = 0;
  };
  void forget_old(Millis now);

  std::map<std::string, Handed> functions_;  // those that were handed something within the last minutes
  Millis forgotten_ms_ = 0;
};

}  // namespace millrace::logs
