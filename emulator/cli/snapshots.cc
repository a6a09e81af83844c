#include "emulator/cli/snapshots.h"

#include <cstdio>
#include <fstream>
#include <iterator>

#include "emulator/base/encoding.h"
#include "emulator/base/json.h"
#include "emulator/cli/client.h"
#include "emulator/cli/env.h"
#include "emulator/cli/exit_codes.h"
#include "emulator/cli/words.h"

namespace millrace::cli {

namespace {

constexpr int kTimeoutS = 600;  // a large snapshot's copy

Question asked(const char* method, std::string target) {
  return {.method = method, .target = std::move(target), .timeout_s = kTimeoutS};
}

std::string query_of(const CommandArguments& args) {
  std::string query = "?name=" + percent_encode(args.name);
  if (!args.account.empty()) query += "&account=" + percent_encode(args.account);
  return query;
}

int export_snapshot(const CommandArguments& args) {
  Answer answer = ask(server_url(), {.target = "/_millrace/snapshots/export" + query_of(args), .timeout_s = kTimeoutS});
  if (!answer.fine()) return complain(answer);
  std::ofstream out(args.file, std::ios::binary);
  out << answer.body;
  if (out.flush()) return kFine;
  std::fprintf(stderr, "millrace: %s can't be written\n", args.file.c_str());
  return kRefused;
}

int import_snapshot(const CommandArguments& args) {
  std::ifstream in(args.file, std::ios::binary);
  if (!in) {
    std::fprintf(stderr, "millrace: %s can't be read\n", args.file.c_str());
    return kRefused;
  }
  std::string body{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  Question question = asked("PUT", "/_millrace/snapshots/import" + query_of(args));
  question.body = std::move(body);
  return call_server(question, args.json, done_words);
}

int list_snapshots(bool as_json) {
  Answer answer = ask(server_url(), {.target = "/_millrace/snapshots", .timeout_s = kTimeoutS});
  if (!answer.fine()) return complain(answer);
  if (as_json) {
    std::fputs(answer.body.c_str(), stdout);
    return kFine;
  }
  const Json all = parse_json(answer.body).value_or(Json::object());
  if (all.value("snapshots", Json::array()).empty()) std::puts("no snapshots: millrace snapshot save NAME makes one");
  for (const Json& one : all.value("snapshots", Json::array())) {
    const std::string account = one.value("account", "");
    std::printf("%s  %s  %.1f MiB%s\n", one.value("name", "").c_str(), one.value("created", "").c_str(),
                static_cast<double>(one.value("bytes", uint64_t{0})) / (1 << 20),
                account.empty() ? "" : ("  account " + account).c_str());
  }
  return kFine;
}

void add_fault_commands(CLI::App& app, CommandArguments& args) {
  CLI::App* faults =
      app.add_subcommand("faults", "Refuse, delay or fail calls and invocations of a running server (MILLRACE_URL)");
  faults->require_subcommand(1);
  CLI::App* rules = faults->add_subcommand("list", "Show the rules and what they hit");
  rules->add_option("--account", args.account, "Of this account alone");
  rules->callback([&args] {
    args.exit_code =
        call_server(asked("GET", "/_millrace/faults?account=" + percent_encode(args.account)), args.json, faults_words);
  });
  rules->add_flag("--json", args.json, "Print JSON");
  CLI::App* add = faults->add_subcommand("add", "Add a rule: {\"kind\": \"throttle\", \"operation\": \"PutItem\"}");
  add->add_option("rule", args.rule, "Its JSON; kinds and members are in the admin API's description")->required();
  add->callback([&args] {
    Question question = asked("POST", "/_millrace/faults");
    question.body = args.rule;
    args.exit_code = call_server(question, args.json, fault_words);
  });
  add->add_flag("--json", args.json, "Print JSON");
  CLI::App* clear = faults->add_subcommand("clear", "Remove a rule, an account's, or all");
  clear->add_option("id", args.name, "The rule's id");
  clear->add_option("--account", args.account, "Those of this account");
  clear->callback([&args] {
    const std::string query = "?id=" + percent_encode(args.name) + "&account=" + percent_encode(args.account);
    args.exit_code = call_server(asked("DELETE", "/_millrace/faults" + query), args.json, done_words);
  });
}

}  // namespace

void add_snapshot_commands(CLI::App& app, CommandArguments& args) {
  CLI::App* snapshot = app.add_subcommand("snapshot", "Save and replace what a running server holds (MILLRACE_URL)");
  snapshot->require_subcommand(1);
  auto named = [&](const char* name, const char* help) {
    CLI::App* command = snapshot->add_subcommand(name, help);
    command->add_option("name", args.name, "The snapshot's name")->required();
    command->add_flag("--json", args.json, "Print JSON");
    return command;
  };
  auto call = [&args](const char* method, const char* path) {
    return [&args, method, path] {
      args.exit_code = call_server(asked(method, path + query_of(args)), args.json, done_words);
    };
  };
  CLI::App* save = named("save", "Save all, in place of an earlier snapshot of that name");
  save->add_option("--account", args.account, "This account alone");
  save->callback(call("POST", "/_millrace/snapshots/save"));
  CLI::App* load = named("load", "Let it replace what is there, clock and environments included");
  load->add_option("--account", args.account, "This account alone; the others and the clock stay");
  load->callback(call("POST", "/_millrace/snapshots/load"));
  named("delete", "Remove it")->callback(call("DELETE", "/_millrace/snapshots"));
  CLI::App* list = snapshot->add_subcommand("list", "Show what is saved");
  list->add_flag("--json", args.json, "Print JSON");
  list->callback([&args] { args.exit_code = list_snapshots(args.json); });
  CLI::App* to_file = named("export", "Write it to one file");
  to_file->add_option("file", args.file, "The file")->required();
  to_file->callback([&args] { args.exit_code = export_snapshot(args); });
  CLI::App* from_file = named("import", "Make a snapshot of that name out of such a file");
  from_file->add_option("file", args.file, "The file")->required();
  from_file->callback([&args] { args.exit_code = import_snapshot(args); });

  add_fault_commands(app, args);
  CLI::App* replay = app.add_subcommand("replay", "Deliver records of a stream again to a mapping (MILLRACE_URL)");
  replay->add_option("of", args.name, "A table, a function or a mapping's UUID that means one mapping")->required();
  replay->add_option("--from", args.clock_to, "From this sequence number or time on (2024-01-31T09:00:00Z)");
  replay->add_option("--to", args.clock_by, "Up to this one");
  replay->add_option("--account", args.account, "Of this account");
  replay->callback([&args] {
    std::string query = "?of=" + percent_encode(args.name) + "&account=" + percent_encode(args.account);
    query += "&from=" + percent_encode(args.clock_to) + "&to=" + percent_encode(args.clock_by);
    args.exit_code = call_server(asked("POST", "/_millrace/replay" + query), args.json, replay_words);
  });
  replay->add_flag("--json", args.json, "Print JSON");
  CLI::App* reset =
      app.add_subcommand("reset", "Empty a running server, as if it had been started anew (MILLRACE_URL)");
  reset->add_option("--account", args.account, "This account alone");
  reset->add_option("--service", args.service, "This service alone: dynamodb, lambda, s3, ...");
  reset->callback([&args] {
    const std::string query = "?account=" + percent_encode(args.account) + "&service=" + percent_encode(args.service);
    args.exit_code = call_server(asked("POST", "/_millrace/reset" + query), args.json, done_words);
  });
  reset->add_flag("--json", args.json, "Print JSON");
}

}  // namespace millrace::cli
