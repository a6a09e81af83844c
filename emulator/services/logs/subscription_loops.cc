#include "emulator/services/logs/subscription_loops.h"

#include <set>

namespace millrace::logs {

namespace {
constexpr Millis kMinuteMs = 60'000;
}

SubscriptionLoops::Verdict SubscriptionLoops::judge(const std::string& function, const std::string& writer,
                                                    Millis now) {
  forget_old(now);
  std::set<std::string> causes;
  if (!writer.empty()) {
    causes.insert(writer);
    if (auto handed = functions_.find(writer); handed != functions_.end()) {
      for (const auto& [cause, at] : handed->second.causes) {
        if (now - at < kMinuteMs) causes.insert(cause);
      }
    }
  }
  Handed& handed = functions_[function];
  if (causes.contains(function)) {
    if (handed.minute != now / kMinuteMs) {
      handed.minute = now / kMinuteMs;
      handed.rounds = 0;
    }
    if (++handed.rounds > kRoundsPerMinuteMax)
      return handed.rounds == kRoundsPerMinuteMax + 1 ? Verdict::stop : Verdict::stopped_before;
  }
  for (const std::string& cause : causes) handed.causes[cause] = now;
  return Verdict::deliver;
}

void SubscriptionLoops::forget_old(Millis now) {
  if (now - forgotten_ms_ < kMinuteMs) return;
  forgotten_ms_ = now;
  for (auto& [function, handed] : functions_)
    std::erase_if(handed.causes, [&](const auto& cause) { return now - cause.second >= kMinuteMs; });
  std::erase_if(functions_,
                [&](const auto& one) { return one.second.causes.empty() && one.second.minute != now / kMinuteMs; });
}

}  // namespace millrace::logs
