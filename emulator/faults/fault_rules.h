#pragma once
// The rules there are, and which calls they hit. One object for the server's life, whatever worlds come and go.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "emulator/base/mutex.h"
#include "emulator/faults/fault_rule.h"
#include "emulator/ports/faults.h"

namespace millrace::faults {

class FaultRules final : public ports::Faults {
 public:
  static constexpr size_t kRulesMax = 1000;
  static constexpr size_t kHitsMax = 100;  // remembered of a rule

  /// Its id; empty beyond kRulesMax.
  std::string add(FaultRule rule);
  /// Removes the rule of that id, or those of the account, or all (both empty). How many they were.
  size_t remove(const std::string& id, const std::string& account);
  std::vector<FaultRule> list(const std::string& account, Millis now);

  std::optional<ports::CallFault> of_call(const ports::FaultyCall& call) override;
  std::optional<ports::InvocationFault> of_invocation(const ports::FunctionVersion& function,
                                                      const std::string& request_id, Millis now) override;
  size_t unprocessed_of(const ports::FaultyCall& call, size_t items) override;

 private:
  struct Kind;  // an ErrorKind with the texts that it points to
  bool is_meant(const FaultRule& rule, const ports::FaultyCall& call) const;
  /// Counts the call; true if the rule is applied to it.
  bool counts(FaultRule& rule, Millis now) REQUIRES(mutex_);
  void remember(FaultRule& rule, FaultHit hit) REQUIRES(mutex_);
  void drop_expired(Millis now) REQUIRES(mutex_);
  AwsError error_of(const FaultRule& rule, const ports::FaultyCall& call) REQUIRES(mutex_);
  const ErrorKind& kind_of(const std::string& code, int status, bool of_dynamodb) REQUIRES(mutex_);

  Mutex mutex_;
  uint64_t last_id_ GUARDED_BY(mutex_) = 0;
  std::vector<FaultRule> rules_ GUARDED_BY(mutex_);
  // Never emptied: errors under way point to them. Bounded by the rules there were.
  std::map<std::string, std::shared_ptr<Kind>> kinds_ GUARDED_BY(mutex_);
};

}  // namespace millrace::faults
