#pragma once
// `millrace snapshot`, `reset`: a running server's state saved, replaced, taken along as a file.

#include <CLI/CLI.hpp>

#include "emulator/cli/commands.h"

namespace millrace::cli {

void add_snapshot_commands(CLI::App& app, CommandArguments& args);

}  // namespace millrace::cli
