#pragma once
// Executes lifecycle rules, once a day by the clock: at midnight UTC, as S3 counts days.

#include <cstdint>

#include "emulator/services/s3/s3.h"

namespace millrace::s3 {

/// Applies every bucket's rules as of now; returns how many versions and uploads it ended or moved.
size_t run_lifecycle(S3& s3);

/// The next midnight UTC.
Millis next_lifecycle_run(Millis now);

}  // namespace millrace::s3
