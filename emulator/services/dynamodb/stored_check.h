#pragma once

#include "emulator/services/findings.h"

namespace millrace::dynamodb {

/// Items against their keys, index entries against items, both ways.
void check_stored(Findings& findings);

}  // namespace millrace::dynamodb
