#include "emulator/cli/serve_options.h"

#include <algorithm>
#include <memory>
#include <string>

#include "emulator/base/clock.h"
#include "emulator/base/encoding.h"

namespace millrace::cli {

namespace {

/// What words on the command line become when all are read.
struct Words {
  std::string durability = "wal", iam = "on";
};

void add_storage_options(CLI::App& serve, server::ServerOptions& options, Words& words) {
  serve.add_option("--port", options.port, "Port to listen on; 0 takes any free one")
      ->capture_default_str()
      ->check(CLI::Range(0, 65'535));
  serve.add_option("--host", options.host, "Address to listen on")->capture_default_str();
  serve.add_option("--data-dir", options.data_folder, "Folder that keeps everything")->capture_default_str();
  serve.add_flag("--ephemeral", options.ephemeral, "Keep everything in a temporary folder, removed at the end");
  serve.add_option(
      "--init", options.init_folder,
      "Folder with what is run when the server is ready (*.sh, *.py, *.tf); else init/ready.d of the data folder");
  serve.add_option("--durability", words.durability, "wal: survives the process's death; sync: survives power loss")
      ->check(CLI::IsMember({"wal", "sync"}))
      ->capture_default_str();
}

void add_access_options(CLI::App& serve, server::ServerOptions& options, Words& words) {
  serve.add_option("--region", options.region, "Region of requests that name none")->capture_default_str();
  serve.add_option("--iam", words.iam, "on: policies are enforced; audit: recorded only; off")
      ->check(CLI::IsMember({"on", "audit", "off"}))
      ->capture_default_str();
  serve.add_option("--allow-host", options.allowed_hosts, "A further host name under which clients reach the emulator");
  serve
      .add_option("--allow-origin", options.allowed_origins,
                  "A further origin whose web pages may use the emulator, such as https://app.example.com")
      ->transform([](const std::string& origin) { return to_lower(origin); });
  serve.add_flag("--verify-signatures", options.verify_all_signatures,
                 "Refuse access keys that this emulator didn't issue");
}

void add_behaviour_options(CLI::App& serve, server::ServerOptions& options) {
  auto& functions = options.functions;
  serve.add_flag("--throttle", options.throttle,
                 "Refuse what goes beyond a table's provisioned throughput, as AWS does");
  serve.add_flag("--aws-delays", options.aws_delays,
                 "Let tables and functions take as long to become active as on AWS");
  serve.add_flag_callback(
      "--no-trace", [&options] { options.trace = false; },
      "Keep nothing of what happened: millrace trace knows nothing then");
  serve.add_flag(
      "--debug", options.debug,
      "Functions wait for a debugger as long as it takes: no timeouts, Python's port is 5678, Node's 9229 or the next "
      "free ones, on loopback");
  serve
      .add_flag("--frozen{now}", options.frozen_at,
                "The clock stands still from the start on; --frozen=2024-01-31T09:00:00Z: at that time")
      ->check([](const std::string& text) {
        return text == "now" || parse_iso(text) >= 0 ? "" : text + " is no time: 2024-01-31T09:00:00Z";
      });
  serve.add_option("--seed", options.seed, "Draw ids and everything random from this number: two runs are alike");
  serve.add_flag("--retired-runtimes", functions.retired_runtimes,
                 "Let functions be made with runtimes that AWS has retired");
  serve.add_option("--layers", functions.layers_folder, "Folder with zips of other accounts' layers, named ARN.zip");
  serve.add_option("--python-site", functions.python_site, "Folder with the boto3 that Python handlers import");
  serve.add_option("--node-modules", functions.node_modules, "node_modules folder with the AWS SDK of Node handlers");
}

void add_terminal_options(CLI::App& serve, ServeOptions& options) {
  serve.add_option("--log-level", options.log_level, "From which level on the log is written to standard error")
      ->check(CLI::IsMember({"debug", "info", "warning", "error", "off"}))
      ->capture_default_str();
  serve.add_option("--log-format", options.log_format, "text, or json: an object a line")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  serve.add_flag("--log-requests", options.log_requests,
                 "Show each request and what handlers print; by itself only where standard error is a terminal");
  serve.add_flag("--quiet", options.quiet, "No opening lines, no requests; the log from warnings on");
}

/// --data-dir is MILLRACE_DATA_DIR.
void name_variables(CLI::App& serve) {
  for (CLI::Option* option : serve.get_options()) {
    if (option->get_lnames().empty() || option->check_lname("help")) continue;
    std::string name = option->get_lnames().front();
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c == '-' ? '_' : static_cast<char>(c - (c >= 'a' && c <= 'z' ? 32 : 0)); });
    option->envname("MILLRACE_" + name);
  }
}

}  // namespace

void add_serve(CLI::App& app, ServeOptions& options, int& exit_code) {
  CLI::App* serve = app.add_subcommand("serve", "Start the emulator and serve until Ctrl-C");
  auto words = std::make_shared<Words>();
  add_storage_options(*serve, options.server, *words);
  add_access_options(*serve, options.server, *words);
  add_behaviour_options(*serve, options.server);
  add_terminal_options(*serve, options);
  name_variables(*serve);
  serve->callback([&options, &exit_code, words] {
    options.server.sync_writes = words->durability == "sync";
    options.server.iam = words->iam == "off" ? IamMode::off : words->iam == "audit" ? IamMode::audit : IamMode::on;
    exit_code = millrace::cli::serve(options);
  });
}

}  // namespace millrace::cli
