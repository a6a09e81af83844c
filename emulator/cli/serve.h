#pragma once

#include <string>

#include "emulator/server/server.h"

namespace millrace::cli {

struct ServeOptions {
  server::ServerOptions server;
  std::string log_level = "info", log_format = "text";
  bool log_requests = false;  // where standard error is no terminal, too
  bool quiet = false;
};

/// Serves until SIGINT or SIGTERM. Returns the process's exit code.
int serve(const ServeOptions& options);

}  // namespace millrace::cli
