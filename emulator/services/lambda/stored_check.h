#pragma once

#include "emulator/services/findings.h"

namespace millrace::lambda {

/// Code packages against their digests; positions of event source mappings against the mappings.
void check_stored(Findings& findings);

}  // namespace millrace::lambda
