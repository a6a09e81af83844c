#pragma once
// One rule, as the admin API takes it.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "emulator/base/clock.h"
#include "emulator/base/json.h"
#include "emulator/base/random.h"

namespace millrace::faults {

enum class FaultKind {
  // calls
  error,
  throttle,
  delay,
  unprocessed,
  conflict,
  iterator_expired,
  // invocations
  function_error,
  function_timeout,
  environment_death,
  function_throttle,
  twice,
  kill
};
bool is_of_invocations(FaultKind kind);
const char* name_of(FaultKind kind);

/// That a rule was applied.
struct FaultHit {
  Millis at_ms = 0;
  std::string what;  // "PutItem", a function's name
  std::string account, request_id;
};

struct FaultRule {
  std::string id;
  FaultKind kind = FaultKind::error;
  // What it is about; empty: any.
  std::string service, operation, account, function;
  std::string resource;  // a name that the call's body or path holds: a table, a bucket, a queue
  // Which of these calls: from the nth on, so many, each with this probability.
  uint64_t nth = 1;
  std::optional<uint64_t> times;  // none: all
  double share = 1;
  uint64_t seed = 1;
  std::optional<Millis> until_ms;  // the emulator's time
  // What becomes of them.
  std::string code, message;
  int status = 0;       // 0: by the code
  Millis delay_ms = 0;  // of `delay`; others may have one, too
  uint64_t items = 0;   // of `unprocessed`: how many; 0: all but the first

  uint64_t seen = 0, applied = 0;
  std::deque<FaultHit> hits;  // the newest
  std::shared_ptr<SeededRandom> random;
};

/// Of the admin API's document; or a sentence that says what is wrong with it. `now`: `forMs` counts from it.
std::variant<FaultRule, std::string> parse_rule(const Json& document, Millis now);
Json shown(const FaultRule& rule);

}  // namespace millrace::faults
