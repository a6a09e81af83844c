#pragma once
// Every command but serve, declared as its options and what it calls.

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "emulator/cli/functions.h"
#include "emulator/cli/runtimes.h"
#include "emulator/cli/trace.h"

namespace millrace::cli {

/// Values that the options are parsed into; they outlive the parsing.
struct CommandArguments {
  std::string clock_to, clock_by, stream, shard, principal, action, resource = "*", name, shell, pattern, event;
  std::string account, service, file, function, rule;
  std::string data_folder = ".millrace";
  Invocation invocation;
  LogsWanted logs;
  TraceWanted trace;
  RuntimesWanted runtimes;
  int timeout_s = 60;
  bool lines = false, repair = false, json = false, allow_writes = false;
  int exit_code = 0;
};

void add_commands(CLI::App& app, CommandArguments& args);

}  // namespace millrace::cli
