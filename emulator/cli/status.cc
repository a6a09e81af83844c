#include "emulator/cli/status.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <map>

#include "emulator/base/json.h"
#include "emulator/base/system_time.h"
#include "emulator/cli/client.h"
#include "emulator/cli/env.h"
#include "emulator/cli/exit_codes.h"
#include "emulator/cli/words.h"

namespace millrace::cli {

namespace {

constexpr auto kLook = std::chrono::milliseconds(50);

void print_head(const Json& facts) {
  auto line = [](const char* name, const std::string& value) { std::cout << fmt::format("{:<12}{}\n", name, value); };
  const bool whole = find(facts, "pid") != nullptr;
  line("server",
       server_url() +
           (whole ? "  millrace " + text_of(facts, "version") + ", pid " + std::to_string(int_of(facts, "pid")) : ""));
  if (!whole) return line("health", text_of(facts, "status"));
  line("data", text_of(facts, "dataFolder") + (bool_of(facts, "ephemeral") ? " (temporary, removed at exit)" : ""));
  line("region", text_of(facts, "region") + ", IAM " + text_of(facts, "iam"));
  line("up", span_text(int_of(facts, "uptimeSeconds") * 1000) + ", clock " + text_of(facts, "clock"));
  line("memory", fmt::format("{:.1f} MiB", static_cast<double>(int_of(facts, "memoryBytes")) / 1048576.0));
  for (const char* member : {"python", "node"}) {
    if (find(facts, member)) line(member, text_of(facts, member));
  }
}

void print_resources(const Json& facts) {
  std::map<std::string, std::string> places;
  for (const Json& one : facts.value("resources", Json::array())) {
    std::string place = text_of(one, "account") + "  " + text_of(one, "region");
    std::string& text = places[place];
    text += (text.empty() ? "" : ", ") + counted(int_of(one, "count"), text_of(one, "kind"));
  }
  for (const auto& [place, text] : places) std::cout << fmt::format("{:<28}{}\n", place, text);
}

std::string lag_text(int64_t ms) {
  return ms == 0 ? "" : fmt::format(", {:.1f} s behind", static_cast<double>(ms) / 1000.0);
}

void print_mappings(const Json& mappings) {
  for (const Json& one : mappings) {
    const Json records = one.value("records", Json::object()), calls = one.value("invocations", Json::object());
    std::cout << fmt::format(
        "{} -> {}\n    {}, {}{}{}: {} delivered, {} filtered out, {} given up, {} of {} invocations failed\n",
        text_of(one, "source"), text_of(one, "function"), text_of(one, "state"), text_of(one, "lastProcessingResult"),
        bool_of(one, "busy") ? ", at work" : "", lag_text(int_of(one, "lagMs")), int_of(records, "delivered"),
        int_of(records, "filteredOut"), int_of(records, "givenUp"), int_of(calls, "failed"), int_of(calls, "all"));
  }
}

}  // namespace

int status(bool json) {
  Answer answer = ask(server_url(), {.target = "/_millrace/status"});
  if (answer.status == 401) {
    // Health is everybody's; what the server holds is for who has the token.
    auto refusal = parse_json(answer.body);
    std::fprintf(stderr, "millrace: %s\n", refusal ? text_of(*refusal, "message").c_str() : answer.body.c_str());
    answer = ask(server_url(), {.target = "/_millrace/health"});
  }
  if (answer.status == 0) return complain(answer);
  auto facts = parse_json(answer.body);
  if (!answer.fine() || !facts) {
    std::fprintf(stderr, "millrace: %s answers with %d, not as a millrace does\n", server_url().c_str(), answer.status);
    return kRefused;
  }
  auto health = parse_json(ask(server_url(), {.target = "/_millrace/health"}).body);
  if (health && health->is_object()) {
    for (const auto& [name, value] : health->items()) (*facts)[name] = value;
  }
  auto mappings = parse_json(ask(server_url(), {.target = "/_millrace/mappings"}).body);
  if (mappings) (*facts)["mappings"] = mappings->value("mappings", Json::array());
  if (json) {
    std::cout << to_text(*facts) << "\n";
    return kFine;
  }
  print_head(*facts);
  for (const Json& trouble : facts->value("troubles", Json::array()))
    std::cout << "trouble     " << text_of(trouble, "sentence") << " (" << int_of(trouble, "times") << " times)\n";
  print_resources(*facts);
  print_mappings(facts->value("mappings", Json::array()));
  return kFine;
}

int wait_for_server(int timeout_s) {
  const Millis end = system_time_ms() + timeout_s * 1000LL;
  while (true) {
    Answer answer = ask(server_url(), {.target = "/_millrace/health", .timeout_s = 2});
    if (answer.fine()) return kFine;
    if (system_time_ms() >= end) return complain(answer);
    pause_for(kLook);
  }
}

int stop_server(int timeout_s) {
  Answer answer = ask(server_url(), {.method = "POST", .target = "/_millrace/stop"});
  if (answer.status == 0) return complain(answer);
  if (!answer.fine()) return complain(answer);
  const Millis end = system_time_ms() + timeout_s * 1000LL;
  while (system_time_ms() < end) {
    if (ask(server_url(), {.target = "/_millrace/health", .timeout_s = 2}).status == 0) {
      std::cout << "the server at " << server_url() << " has ended\n";
      return kFine;
    }
    pause_for(kLook);
  }
  std::fprintf(stderr, "millrace: the server still answers\n");
  return kRefused;
}

}  // namespace millrace::cli
