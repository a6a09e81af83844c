// The command line. Each command is a file beside this one, or a line to the admin API of a running server.

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>

#include "emulator/base/encoding.h"
#include "emulator/base/log.h"
#include "emulator/cli/client.h"
#include "emulator/cli/doctor.h"
#include "emulator/cli/env.h"
#include "emulator/cli/serve.h"
#include "emulator/server/check.h"
#include "emulator/services/all.h"
#include "runtime/filter/explain.h"

namespace {

using millrace::cli::call_server;

constexpr int kAnswerTimeoutS = 30;

/// Values that the options are parsed into; they outlive the parsing.
struct Arguments {
  millrace::server::ServerOptions server;
  std::string durability = "wal", iam = "on", level = "info";
  std::string clock_to, stream, shard, principal, name;
  int64_t clock_by_ms = 0;
  int drain_timeout_s = 60;
  bool lines = false;
  bool repair = false;
  bool json = false;
  int exit_code = 0;
};

void add_serve(CLI::App& app, Arguments& args) {
  using millrace::IamMode;
  auto& options = args.server;
  CLI::App* serve = app.add_subcommand("serve", "Start the emulator and serve until Ctrl-C");
  serve->add_option("--port", options.port, "Port to listen on; 0 takes any free one")->capture_default_str();
  serve->add_option("--host", options.host, "Address to listen on")->capture_default_str();
  serve->add_option("--data-dir", options.data_folder, "Folder that keeps everything")->capture_default_str();
  serve->add_flag("--ephemeral", options.ephemeral, "Keep everything in a temporary folder, removed at the end");
  serve->add_option("--durability", args.durability, "wal: survives the process's death; sync: survives power loss")
      ->check(CLI::IsMember({"wal", "sync"}))
      ->capture_default_str();
  serve->add_option("--region", options.region, "Region of requests that name none")->capture_default_str();
  serve->add_option("--iam", args.iam, "on: policies are enforced; audit: recorded only; off")
      ->check(CLI::IsMember({"on", "audit", "off"}))
      ->capture_default_str();
  serve->add_option("--log-level", args.level, "debug, info, warning, error or off")->capture_default_str();
  serve->add_option("--allow-host", options.allowed_hosts,
                    "A further host name under which clients reach the emulator");
  serve
      ->add_option("--allow-origin", options.allowed_origins,
                   "A further origin whose web pages may use the emulator, such as https://app.example.com")
      ->transform([](const std::string& origin) { return millrace::to_lower(origin); });
  serve->add_flag("--verify-signatures", options.verify_all_signatures,
                  "Refuse access keys that this emulator didn't issue");
  serve->add_flag("--throttle", options.throttle,
                  "Refuse what goes beyond a table's provisioned throughput, as AWS does");
  serve->add_flag("--aws-delays", options.aws_delays,
                  "Let tables and functions take as long to become active as on AWS");
  serve->add_flag("--retired-runtimes", options.functions.retired_runtimes,
                  "Let functions be made with runtimes that AWS has retired");
  serve->add_option("--layers", options.functions.layers_folder,
                    "Folder with zips of other accounts' layers, named ARN.zip");
  serve->add_option("--python-site", options.functions.python_site, "Folder with the boto3 that Python handlers import")
      ->envname("MILLRACE_PYTHON_SITE");
  serve
      ->add_option("--node-modules", options.functions.node_modules,
                   "node_modules folder with the AWS SDK of Node handlers")
      ->envname("MILLRACE_NODE_MODULES");
  serve->callback([&args] {
    args.server.sync_writes = args.durability == "sync";
    args.server.iam = args.iam == "off" ? IamMode::off : args.iam == "audit" ? IamMode::audit : IamMode::on;
    millrace::log::set_level(millrace::log::parse_level(args.level));
    args.exit_code = millrace::cli::serve(args.server);
  });
}

void add_clock(CLI::App& app, Arguments& args) {
  CLI::App* clock = app.add_subcommand("clock", "Show or move the clock of a running server (MILLRACE_URL)");
  clock->require_subcommand(0, 1);
  auto call = [&args](const std::string& method, const std::string& path) {
    args.exit_code = call_server(method, "/_millrace/clock" + path, kAnswerTimeoutS);
  };
  clock->add_subcommand("freeze", "Stop the clock")->callback([call] { call("POST", "/freeze"); });
  clock->add_subcommand("resume", "Let it run again")->callback([call] { call("POST", "/resume"); });
  CLI::App* set = clock->add_subcommand("set", "Set it");
  set->add_option("time", args.clock_to, "Milliseconds since the epoch, or 2024-01-31T09:00:00Z")->required();
  set->callback([call, &args] { call("POST", "/set?to=" + args.clock_to); });
  CLI::App* advance = clock->add_subcommand("advance", "Move it forward");
  advance->add_option("milliseconds", args.clock_by_ms, "By how much")->required()->check(CLI::NonNegativeNumber);
  advance->callback([call, &args] { call("POST", "/advance?by=" + std::to_string(args.clock_by_ms)); });
  clock->callback([clock, call] {
    if (clock->get_subcommands().empty()) call("GET", "");
  });
}

void add_drain(CLI::App& app, Arguments& args) {
  CLI::App* drain = app.add_subcommand("drain", "Wait until every committed record has been through every mapping");
  drain->add_option("--timeout", args.drain_timeout_s, "Seconds to wait")
      ->capture_default_str()
      ->check(CLI::Range(0, 3600));
  drain->callback([&args] {
    args.exit_code = call_server("POST", "/_millrace/drain?timeout=" + std::to_string(args.drain_timeout_s),
                                 args.drain_timeout_s + 5);
  });
}

void add_shards(CLI::App& app, Arguments& args) {
  CLI::App* shards = app.add_subcommand("shards", "Show or change the shards of a table's stream (MILLRACE_URL)");
  shards->require_subcommand(1);
  auto add = [&, shards](const char* name, const char* help, const char* method) {
    CLI::App* command = shards->add_subcommand(name, help);
    command->add_option("stream", args.stream, "The stream's ARN, or the table's name")->required();
    std::string path = std::string("/_millrace/streams/") + (std::string(name) == "list" ? "shards" : name);
    command->callback([&args, path, method = std::string(method)] {
      std::string query = "?stream=" + millrace::percent_encode(args.stream);
      if (!args.shard.empty()) query += "&shard=" + millrace::percent_encode(args.shard);
      args.exit_code = call_server(method, path + query, kAnswerTimeoutS);
    });
    return command;
  };
  add("list", "Show the shards and their lineage", "GET");
  add("roll", "Close every open shard; each gets one child", "POST");
  add("split", "Close an open shard; it gets two children", "POST")
      ->add_option("--shard", args.shard, "The shard's id; default: the first open one");
}

void add_iam(CLI::App& app, Arguments& args) {
  CLI::App* iam = app.add_subcommand("iam", "Show what a server started with --iam audit recorded (MILLRACE_URL)");
  iam->require_subcommand(1);
  auto call = [&args](const std::string& method, const std::string& path) {
    args.exit_code = call_server(method, "/_millrace/iam/" + path, kAnswerTimeoutS);
  };
  iam->add_subcommand("audit", "Per principal: what it used, what would have been denied and why")->callback([call] {
    call("GET", "audit");
  });
  iam->add_subcommand("clear", "Forget what was recorded")->callback([call] { call("DELETE", "audit"); });
  CLI::App* policy = iam->add_subcommand("policy", "The least-privilege policy that fits what a principal did");
  policy->add_option("principal", args.principal, "ARN of a user or a role")->required();
  policy->callback([call, &args] { call("GET", "policy?principal=" + millrace::percent_encode(args.principal)); });
}

void add_why(CLI::App& app, Arguments& args) {
  CLI::App* why = app.add_subcommand(
      "why", "Say what became of the records of a table, a queue or a function's mappings, and why (MILLRACE_URL)");
  why->add_option("of", args.name, "A table, a queue, a function, the ARN of one, or a mapping's UUID")->required();
  why->callback([&args] {
    args.exit_code = call_server("GET", "/_millrace/why?of=" + millrace::percent_encode(args.name), kAnswerTimeoutS);
  });
}

void add_check(CLI::App& app, Arguments& args) {
  CLI::App* check = app.add_subcommand("check", "Read everything in a data folder and say what is wrong; offline");
  check->add_option("folder", args.name, "The --data-dir of a server that doesn't run")->required();
  check->add_flag("--repair", args.repair, "Mend what is derived: index entries, positions of mappings that have gone");
  check->callback([&args] {
    millrace::log::set_level(millrace::log::Level::off);
    args.exit_code = millrace::server::check_data_folder(args.name, millrace::all_checks(), args.repair, std::cout);
  });
}

void add_env(CLI::App& app) {
  app.add_subcommand("env", "Print what a shell needs to talk to the server (MILLRACE_URL), for eval")->callback([] {
    const char* no_proxy = std::getenv("NO_PROXY");
    std::cout << millrace::cli::environment_lines(millrace::cli::server_url(), no_proxy ? no_proxy : "");
  });
}

void add_doctor(CLI::App& app, Arguments& args) {
  CLI::App* doctor = app.add_subcommand("doctor", "Say what will not work on this machine and in this shell, and why");
  doctor->add_option("--data-dir", args.server.data_folder, "The folder that serve would keep everything in")
      ->capture_default_str();
  doctor->add_flag("--json", args.json, "Print JSON");
  doctor->callback([&args] { args.exit_code = millrace::cli::doctor(args.server.data_folder, args.json, std::cout); });
}

void add_explain(CLI::App& app, Arguments& args) {
  CLI::App* explain = app.add_subcommand("explain", "Say why something matches or doesn't");
  explain->require_subcommand(1);
  CLI::App* filter = explain->add_subcommand("filter", "Match filter patterns, offline");
  filter
      ->add_flag("--lines", args.lines,
                 "Read JSON lines with `pattern` and `event`, print true, false or invalid for each")
      ->required();
  filter->callback([&args] { args.exit_code = millrace::filter::explain_filter_lines(std::cin, std::cout); });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "millrace: DynamoDB, its streams and Lambda, with IAM, STS, S3 and CloudWatch Logs, on your own machine"};
  app.require_subcommand(1);
  Arguments args;
  add_serve(app, args);
  add_clock(app, args);
  add_drain(app, args);
  add_shards(app, args);
  add_why(app, args);
  add_explain(app, args);
  add_iam(app, args);
  add_check(app, args);
  add_env(app);
  add_doctor(app, args);
  app.add_subcommand("status", "Show whether a server answers (MILLRACE_URL)")->callback([&args] {
    args.exit_code = call_server("GET", "/_millrace/health", kAnswerTimeoutS);
  });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  return args.exit_code;
}
