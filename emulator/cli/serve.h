#pragma once

#include "emulator/server/server.h"

namespace millrace::cli {

/// Runs the server until SIGTERM or SIGINT. Returns the process's exit code: 0 after a clean end, 1 if it could not
/// start (the sentence is on standard error).
int serve(const server::ServerOptions& options);

}  // namespace millrace::cli
