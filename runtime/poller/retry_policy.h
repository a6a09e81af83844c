#pragma once
// When a failed batch is tried again, and when not any more: pauses as recorded on AWS. Pure functions.

#include "emulator/ports/mapping_engine.h"

namespace millrace::poller {

/// The pause before the next try after `failures` in a row (from 1). Doubles from 250 ms to one minute: about
/// eight tries in the first minute, as recorded.
Millis retry_delay_ms(int failures);

/// The pause after a call that was refused before the function saw it (throttled, no such function)
/// `refusals` times in a row. From 100 ms to 3.2 s: the batches that share a function's concurrency get on as
/// soon as it is free, and asking costs nothing here. unverified: AWS's own pauses.
Millis refusal_delay_ms(int refusals);

/// How long a stream keeps its records.
inline constexpr Millis stream_retention_ms = 24 * 3600 * 1000LL;

/// The age at which a record is given up: the mapping's limit, and never more than the stream's 24 hours.
Millis record_age_max_ms(const ports::MappingConfig& config);

/// True if `attempts` failed tries have used up the mapping's retries.
bool attempts_exhausted(const ports::MappingConfig& config, int attempts);

}  // namespace millrace::poller
