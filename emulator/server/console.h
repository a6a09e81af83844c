#pragma once
// The page at /_millrace/: what emulator/console builds to, inside the program.

#include "emulator/server/admin.h"

namespace millrace::server {

inline constexpr char kPagePath[] = "/_millrace/";

/// The page gives its visitor the session that AdminGuard handed it.
void add_console_routes(Admin& admin);

}  // namespace millrace::server
