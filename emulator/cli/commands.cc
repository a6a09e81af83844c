#include "emulator/cli/commands.h"

#include <cstdlib>
#include <iostream>
#include <optional>

#include "emulator/base/clock.h"
#include "emulator/base/encoding.h"
#include "emulator/base/log.h"
#include "emulator/base/system_time.h"
#include "emulator/base/version.h"
#include "emulator/cli/client.h"
#include "emulator/cli/completion.h"
#include "emulator/cli/doctor.h"
#include "emulator/cli/env.h"
#include "emulator/cli/exit_codes.h"
#include "emulator/cli/explain.h"
#include "emulator/cli/iam.h"
#include "emulator/cli/mcp.h"
#include "emulator/cli/snapshots.h"
#include "emulator/cli/status.h"
#include "emulator/cli/words.h"
#include "emulator/server/check.h"
#include "emulator/services/all.h"
#include "runtime/filter/explain.h"

namespace millrace::cli {

namespace {

constexpr int kTimeoutMaxS = 3600;

/// Milliseconds of "1500", "1500ms", "90s", "5m", "2h", "1d".
std::optional<int64_t> duration_ms(const std::string& text) {
  size_t digits = text.find_first_not_of("0123456789");
  if (digits == 0 || text.empty() || digits > 15) {
    if (digits != std::string::npos || text.empty() || text.size() > 15) return std::nullopt;
  }
  const std::string unit = digits == std::string::npos ? "ms" : text.substr(digits);
  const int64_t count = std::strtoll(text.c_str(), nullptr, 10);
  for (auto [name, ms] : {std::pair{"ms", int64_t{1}},
                          {"s", int64_t{1000}},
                          {"m", int64_t{60'000}},
                          {"min", int64_t{60'000}},
                          {"h", int64_t{3'600'000}},
                          {"d", int64_t{86'400'000}}}) {
    if (unit == name) return count * ms;
  }
  return std::nullopt;
}

void add_json(CLI::App& command, CommandArguments& args) {
  command.add_flag("--json", args.json, "Print JSON");
}

CLI::Option* add_timeout(CLI::App& command, CommandArguments& args, const char* help) {
  return command.add_option("--timeout", args.timeout_s, help)
      ->capture_default_str()
      ->check(CLI::Range(0, kTimeoutMaxS));
}

void add_clock(CLI::App& app, CommandArguments& args) {
  CLI::App* clock = app.add_subcommand("clock", "Show or move the clock of a running server (MILLRACE_URL)");
  clock->require_subcommand(0, 1);
  add_json(*clock, args);
  auto call = [&args](const std::string& method, const std::string& path) {
    args.exit_code = call_server({.method = method, .target = "/_millrace/clock" + path}, args.json, clock_words);
  };
  auto add = [&, clock](const char* name, const char* help) {
    CLI::App* command = clock->add_subcommand(name, help);
    add_json(*command, args);
    return command;
  };
  add("freeze", "Stop the clock")->callback([call] { call("POST", "/freeze"); });
  add("resume", "Let it run again")->callback([call] { call("POST", "/resume"); });
  CLI::App* set = add("set", "Set it");
  set->add_option("time", args.clock_to,
                  "Milliseconds since the epoch, 2024-01-31T09:00:00Z, or now: the machine's time")
      ->required()
      ->check([](const std::string& text) {
        const bool digits = text.find_first_not_of("0123456789") == std::string::npos && text.size() <= 15;
        return digits || text == "now" || parse_iso(text) >= 0
                   ? ""
                   : text + " is no time: 2024-01-31T09:00:00Z, milliseconds since the epoch, or now";
      });
  set->callback([call, &args] {
    std::string to = args.clock_to;
    if (to == "now") to = std::to_string(system_time_ms());
    call("POST", "/set?to=" + percent_encode(to));
  });
  CLI::App* advance = add("advance", "Move it forward");
  advance->add_option("by", args.clock_by, "By how much: 1500 (milliseconds), 90s, 5m, 2h, 1d")
      ->required()
      ->check([](const std::string& text) {
        return duration_ms(text) ? "" : text + " is no duration: 1500 (milliseconds), 90s, 5m, 2h, 1d";
      });
  advance->callback([call, &args] { call("POST", "/advance?by=" + std::to_string(*duration_ms(args.clock_by))); });
  clock->callback([clock, call] {
    if (clock->get_subcommands().empty()) call("GET", "");
  });
}

void add_drain(CLI::App& app, CommandArguments& args) {
  CLI::App* drain = app.add_subcommand("drain", "Wait until every committed record has been through every mapping");
  add_timeout(*drain, args, "Seconds to wait");
  drain->add_option("--account", args.account, "Only what concerns this account");
  drain->add_option("--table", args.name, "Only the mappings of this table's stream, or of this queue");
  drain->add_option("--function", args.function, "Only what calls this function");
  add_json(*drain, args);
  drain->callback([&args] {
    std::string query = "?timeout=" + std::to_string(args.timeout_s);
    for (const auto& [name, value] :
         {std::pair{"account", args.account}, {"table", args.name}, {"function", args.function}})
      if (!value.empty()) query += std::string("&") + name + "=" + percent_encode(value);
    args.exit_code =
        call_server({.method = "POST", .target = "/_millrace/drain" + query, .timeout_s = args.timeout_s + 5},
                    args.json, drain_words);
  });
}

void add_shards(CLI::App& app, CommandArguments& args) {
  CLI::App* shards = app.add_subcommand("shards", "Show or change the shards of a table's stream (MILLRACE_URL)");
  shards->require_subcommand(1);
  auto add = [&, shards](const char* name, const char* help, const char* method) {
    CLI::App* command = shards->add_subcommand(name, help);
    command->add_option("stream", args.stream, "The stream's ARN, or the table's name")->required();
    std::string path = std::string("/_millrace/streams/") + (std::string(name) == "list" ? "shards" : name);
    command->callback([&args, path, method = std::string(method)] {
      std::string query = "?stream=" + percent_encode(args.stream);
      if (!args.shard.empty()) query += "&shard=" + percent_encode(args.shard);
      args.exit_code = call_server({.method = method, .target = path + query}, args.json, shards_words);
    });
    add_json(*command, args);
    return command;
  };
  add("list", "Show the shards and their lineage", "GET");
  add("roll", "Close every open shard; each gets one child", "POST");
  add("split", "Close an open shard; it gets two children", "POST")
      ->add_option("--shard", args.shard, "The shard's id; default: the first open one");
}

void add_iam(CLI::App& app, CommandArguments& args) {
  CLI::App* iam = app.add_subcommand("iam", "Show what a server started with --iam audit recorded (MILLRACE_URL)");
  iam->require_subcommand(1);
  CLI::App* audit = iam->add_subcommand("audit", "Per principal: what it used, what would have been denied and why");
  audit->add_flag("--json", args.json, "Print JSON");
  audit->callback([&args] { args.exit_code = iam_audit(args.json); });
  iam->add_subcommand("clear", "Forget what was recorded")->callback([&args] {
    args.exit_code = call_server({.method = "DELETE", .target = "/_millrace/iam/audit"}, false, done_words);
  });
  CLI::App* policy = iam->add_subcommand("policy", "The least-privilege policy that fits what a principal did");
  policy->add_option("principal", args.principal, "A user's or a role's name or ARN")->required();
  policy->callback([&args] { args.exit_code = iam_policy(args.principal); });
}

void add_explain(CLI::App& app, CommandArguments& args) {
  CLI::App* explain = app.add_subcommand("explain", "Say why something matches or may be done, or doesn't or mayn't");
  explain->require_subcommand(1);
  CLI::App* filter = explain->add_subcommand("filter", "Match a filter pattern with an event, field by field; offline");
  filter->add_option("pattern", args.pattern, "The pattern's JSON, or @FILE");
  filter->add_option("event", args.event, "The event's JSON (a stream's record, a queue's message), or @FILE");
  filter->add_flag("--json", args.json, "Print JSON");
  filter->add_flag("--lines", args.lines,
                   "Read JSON lines with `pattern` and `event` instead, print true, false or invalid for each");
  filter->callback([&args, filter] {
    if (args.lines) {
      args.exit_code = millrace::filter::explain_filter_lines(std::cin, std::cout);
      return;
    }
    if (args.pattern.empty() || args.event.empty()) throw CLI::RequiredError("pattern and event, or --lines,");
    args.exit_code = explain_filter(args.pattern, args.event, args.json);
  });
  CLI::App* access = explain->add_subcommand(
      "access", "May a principal do this? By which statement, or what is missing (MILLRACE_URL)");
  access->add_option("principal", args.principal, "A user's or a role's name or ARN, or the ARN of a role's session")
      ->required();
  access->add_option("action", args.action, "Such as dynamodb:GetItem")->required();
  access->add_option("resource", args.resource, "The resource's ARN")->capture_default_str();
  access->add_flag("--json", args.json, "Print JSON");
  access->callback([&args] { args.exit_code = explain_access(args.principal, args.action, args.resource, args.json); });
}

void add_server_commands(CLI::App& app, CommandArguments& args) {
  CLI::App* show = app.add_subcommand("status", "Say whose server answers, and what it holds (MILLRACE_URL)");
  show->add_flag("--json", args.json, "Print JSON");
  show->callback([&args] { args.exit_code = status(args.json); });
  CLI::App* wait = app.add_subcommand("wait", "Wait until a server answers (MILLRACE_URL)");
  add_timeout(*wait, args, "Seconds to wait");
  wait->callback([&args] { args.exit_code = wait_for_server(args.timeout_s); });
  CLI::App* stop = app.add_subcommand("stop", "End the server that answers, as Ctrl-C does (MILLRACE_URL)");
  stop->callback([&args] { args.exit_code = stop_server(10); });
}

void add_function_commands(CLI::App& app, CommandArguments& args) {
  CLI::App* call =
      app.add_subcommand("invoke", "Invoke a function; its log's end goes to standard error (MILLRACE_URL)");
  call->add_option("function", args.invocation.function, "Its name or ARN, with :QUALIFIER if wanted")->required();
  call->add_option("payload", args.invocation.payload, "The event's JSON, @FILE, or - for standard input")
      ->capture_default_str();
  call->add_flag("--event", args.invocation.event, "Don't wait: an asynchronous invocation");
  call->add_flag("--json", args.invocation.json, "Print JSON");
  call->callback([&args] { args.exit_code = invoke(args.invocation); });
  CLI::App* show = app.add_subcommand("logs", "Print what functions logged (MILLRACE_URL)");
  show->add_option("function", args.logs.function,
                   "A function's name, or a log group's that begins with /; default: all functions");
  show->add_flag("-f,--follow", args.logs.follow, "Go on with what comes");
  show->add_option("--since", args.logs.since_s, "Seconds to go back")
      ->capture_default_str()
      ->check(CLI::Range(0, 31'536'000));
  show->add_flag("--json", args.logs.json, "Print JSON");
  show->callback([&args] { args.exit_code = logs(args.logs); });
}

void add_why(CLI::App& app, CommandArguments& args) {
  CLI::App* why = app.add_subcommand("why",
                                     "Say how a thing's mappings, rules or alarms stand and what became of its "
                                     "records: trace in short (MILLRACE_URL)");
  why->add_option(
         "NAME", args.name,
         "A table, queue, topic, bucket, function, rule, schedule or alarm by name or ARN, or a mapping's UUID")
      ->required();
  why->callback([&args] {
    Answer answer = ask(server_url(), {.target = "/_millrace/why?of=" + percent_encode(args.name)});
    args.exit_code = answer.fine() ? kFine : complain(answer);
    if (answer.fine()) std::cout << answer.body;
  });
}

void add_trace(CLI::App& app, CommandArguments& args) {
  CLI::App* trace =
      app.add_subcommand("trace",
                         "Show what followed from requests, as a tree: records, verdicts, batches, attempts "
                         "with their errors and logs, messages, what handlers called (MILLRACE_URL)");
  trace
      ->add_option("NAME", args.trace.of,
                   "A table, queue, topic, bucket, function or rule by name or ARN, a URL, or the id of a request or "
                   "message")
      ->required();
  trace->add_option("item", args.trace.item, "Of a table: a value in the item's key");
  trace->add_option("--last", args.trace.last, "So many of the newest")
      ->capture_default_str()
      ->check(CLI::Range(1, 200));
  trace->add_flag("-f,--follow", args.trace.follow, "Go on with what happens, a line each");
  trace->add_flag("--json", args.trace.json, "Print JSON");
  trace->callback([&args] { args.exit_code = trace_story(args.trace); });
}

void add_check(CLI::App& app, CommandArguments& args) {
  CLI::App* check = app.add_subcommand("check", "Read everything in a data folder and say what is wrong; offline");
  check->add_option("folder", args.name, "The --data-dir of a server that doesn't run")->required();
  check->add_flag("--repair", args.repair, "Mend what is derived: index entries, positions of mappings that have gone");
  check->callback([&args] {
    log::set_level(log::Level::off);
    args.exit_code = server::check_data_folder(args.name, all_checks(), args.repair, std::cout);
  });
}

void add_shell_commands(CLI::App& app, CommandArguments& args) {
  app.add_subcommand("env", "Print what a shell needs to talk to the server (MILLRACE_URL), for eval")->callback([] {
    const char* no_proxy = std::getenv("NO_PROXY");
    std::cout << environment_lines(server_url(), no_proxy ? no_proxy : "");
  });
  CLI::App* look = app.add_subcommand("doctor", "Say what will not work on this machine and in this shell, and why");
  look->add_option("--data-dir", args.data_folder, "The folder that serve would keep everything in")
      ->capture_default_str();
  look->add_flag("--json", args.json, "Print JSON");
  look->callback([&args] { args.exit_code = doctor(args.data_folder, args.json, std::cout); });
  CLI::App* agent = app.add_subcommand("mcp", "Serve coding agents over standard input and output (MILLRACE_URL)");
  agent->add_flag("--allow-writes", args.allow_writes,
                  "With tools that put items, invoke functions and move the clock");
  agent->callback([&args] { args.exit_code = serve_mcp(std::cin, std::cout, args.allow_writes); });
  CLI::App* of_functions =
      app.add_subcommand("runtimes", "Say which SDKs functions find (MILLRACE_URL), or install them");
  of_functions->add_flag("--install", args.runtimes.install, "Get boto3 by pip, the AWS SDK for JavaScript by npm");
  of_functions->add_option("--dir", args.runtimes.folder, "Where to; <data folder>/runtimes otherwise");
  of_functions->add_option("--data-dir", args.data_folder, "The folder that serve keeps everything in")
      ->envname("MILLRACE_DATA_DIR");
  of_functions->add_flag("--json", args.json, "Print JSON");
  of_functions->callback([&args] {
    args.runtimes.data_folder = args.data_folder;
    args.runtimes.json = args.json;
    args.exit_code = runtimes(args.runtimes);
  });
  CLI::App* complete = app.add_subcommand("completion", "Print a shell's completion script");
  complete->add_option("shell", args.shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  complete->callback([&app, &args] { std::cout << completion_script(app, args.shell); });
  app.add_subcommand("man", "Print the manual page: millrace man | man -l -")->callback([&app] {
    std::cout << manual_page(app, std::string(version()));
  });
}

}  // namespace

void add_commands(CLI::App& app, CommandArguments& args) {
  add_server_commands(app, args);
  add_function_commands(app, args);
  add_clock(app, args);
  add_drain(app, args);
  add_shards(app, args);
  add_trace(app, args);
  add_why(app, args);
  add_explain(app, args);
  add_iam(app, args);
  add_check(app, args);
  add_snapshot_commands(app, args);
  add_shell_commands(app, args);
}

}  // namespace millrace::cli
