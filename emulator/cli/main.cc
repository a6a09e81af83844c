// The command line: serve_options.cc and commands.cc say what there is.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "emulator/base/version.h"
#include "emulator/cli/commands.h"
#include "emulator/cli/exit_codes.h"
#include "emulator/cli/serve_options.h"
#include "emulator/cli/suggest.h"

namespace {

/// 0 for help and the like; kUsage, and what was meant, for what wasn't understood.
int say(const CLI::App& app, const CLI::ParseError& error, const std::vector<std::string>& words) {
  if (error.get_exit_code() == 0) return app.exit(error);
  std::string meant = millrace::cli::did_you_mean(app, words);
  const std::string_view what = error.what();
  const bool no_command = what.find("subcommand is required") != std::string_view::npos;
  std::fprintf(stderr, "millrace: %s\n",
               no_command ? millrace::cli::missing_command(app, words).c_str() : error.what());
  std::fprintf(
      stderr, "%s\n",
      meant.empty() ? "millrace --help lists the commands, millrace COMMAND --help its options." : meant.c_str());
  return millrace::cli::kUsage;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"millrace: DynamoDB, its streams and Lambda, with what stands round them, on your own machine",
               "millrace"};
  app.set_version_flag("--version", "millrace " + std::string(millrace::version()));
  app.require_subcommand(1);
  app.footer(
      "Commands ask the server that MILLRACE_URL names (http://127.0.0.1:4566).\n"
      "Exit codes: 0 done, 1 refused or wrong, 2 not understood, 3 no server answers.");
  millrace::cli::ServeOptions serve;
  millrace::cli::CommandArguments args;
  millrace::cli::add_serve(app, serve, args.exit_code);
  millrace::cli::add_commands(app, args);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return say(app, error, std::vector<std::string>(argv + 1, argv + argc));
  }
  return args.exit_code;
}
