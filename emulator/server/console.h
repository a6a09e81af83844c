#pragma once
// The page at /_millrace/: what emulator/console builds to, inside the program.

#include "emulator/server/admin.h"

namespace millrace::server {

void add_console_routes(Admin& admin);

}  // namespace millrace::server
