#include "runtime/poller/retry_policy.h"

#include <algorithm>

namespace millrace::poller {

namespace {

Millis doubled(Millis first, int times, Millis longest) {
  Millis delay = first;
  for (int i = 1; i < times && delay < longest; ++i) delay *= 2;
  return std::min(delay, longest);
}

}  // namespace

Millis retry_delay_ms(int failures) {
  return doubled(250, failures, 60'000);
}

Millis refusal_delay_ms(int refusals) {
  return doubled(100, refusals, 3'200);
}

Millis record_age_max_ms(const ports::MappingConfig& config) {
  if (config.maximum_record_age_s == ports::MappingConfig::infinite) return stream_retention_ms;
  return std::min<Millis>(config.maximum_record_age_s * 1000LL, stream_retention_ms);
}

bool attempts_exhausted(const ports::MappingConfig& config, int attempts) {
  return config.maximum_retry_attempts != ports::MappingConfig::infinite && attempts > config.maximum_retry_attempts;
}

}  // namespace millrace::poller
