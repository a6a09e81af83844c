#pragma once
// `millrace serve`'s options. Every one has a variable: --data-dir is MILLRACE_DATA_DIR.

#include <CLI/CLI.hpp>

#include "emulator/cli/serve.h"

namespace millrace::cli {

/// Adds the command; parsing it fills `options` (which outlives the App) and runs the server. `exit_code` gets serve()'s.
void add_serve(CLI::App& app, ServeOptions& options, int& exit_code);

}  // namespace millrace::cli
