#pragma once

#include "emulator/services/findings.h"

namespace millrace::streams {

/// Records against their shards and against the counter of sequence numbers.
void check_stored(Findings& findings);

}  // namespace millrace::streams
