// The command line. Each command is a file beside this one.

#include <CLI/CLI.hpp>

#include "emulator/base/log.h"
#include "emulator/cli/serve.h"

namespace {

void add_serve(CLI::App& app, millrace::server::ServerOptions& options, int& exit_code) {
  using millrace::server::IamMode;
  CLI::App* serve = app.add_subcommand("serve", "Start the emulator and serve until Ctrl-C");
  serve->add_option("--port", options.port, "Port to listen on; 0 takes any free one")->capture_default_str();
  serve->add_option("--host", options.host, "Address to listen on")->capture_default_str();
  serve->add_option("--data-dir", options.data_folder, "Folder that keeps everything")->capture_default_str();
  serve->add_flag("--ephemeral", options.ephemeral, "Keep everything in a temporary folder, removed at the end");
  static std::string durability = "wal", iam = "on", level = "info";
  serve->add_option("--durability", durability, "wal: survives the process's death; sync: survives power loss")
      ->check(CLI::IsMember({"wal", "sync"}))->capture_default_str();
  serve->add_option("--region", options.region, "Region of requests that name none")->capture_default_str();
  serve->add_option("--iam", iam, "on: policies are enforced; audit: recorded only; off")
      ->check(CLI::IsMember({"on", "audit", "off"}))->capture_default_str();
  serve->add_option("--log-level", level, "debug, info, warning, error or off")->capture_default_str();
  serve->add_option("--allow-host", options.allowed_hosts, "A further host name under which clients reach the emulator");
  serve->add_flag("--verify-signatures", options.verify_all_signatures, "Refuse access keys that this emulator didn't issue");
  serve->add_flag("--aws-delays", options.aws_delays, "Let tables and functions take as long to become active as on AWS");
  serve->add_flag("--throttle", options.throttle, "Enforce provisioned throughput");
  serve->callback([&] {
    options.sync_writes = durability == "sync";
    options.iam = iam == "off" ? IamMode::off : iam == "audit" ? IamMode::audit : IamMode::on;
    millrace::log::set_level(millrace::log::parse_level(level));
    exit_code = millrace::cli::serve(options);
  });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"millrace: DynamoDB, its streams and Lambda, with IAM, STS, S3 and CloudWatch Logs, on your own machine"};
  app.require_subcommand(1);
  millrace::server::ServerOptions options;
  int exit_code = 0;
  add_serve(app, options, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  return exit_code;
}
