#include "emulator/cli/trace.h"

#include <chrono>
#include <cstdio>
#include <iostream>

#include "emulator/base/encoding.h"
#include "emulator/base/json.h"
#include "emulator/cli/client.h"
#include "emulator/cli/env.h"
#include "emulator/cli/exit_codes.h"

namespace millrace::cli {

namespace {

constexpr auto kLook = std::chrono::milliseconds(500);

Answer ask_trace(const TraceWanted& wanted, const std::string& form, const std::string& after = "") {
  std::string target = "/_millrace/trace?of=" + percent_encode(wanted.of) + "&last=" + std::to_string(wanted.last);
  if (!wanted.item.empty()) target += "&item=" + percent_encode(wanted.item);
  if (!form.empty()) target += "&form=" + form;
  if (!after.empty()) target += "&after=" + after;
  return ask(server_url(), {.target = target});
}

int follow(const TraceWanted& wanted) {
  std::string after = "0";
  while (true) {
    Answer answer = ask_trace(wanted, "lines", after);
    if (!answer.fine()) return complain(answer);
    std::cout << answer.body << std::flush;
    if (!std::cout) return kFine;
    if (std::string newest = answer.header("x-millrace-newest"); !newest.empty()) after = newest;
    pause_for(kLook);
  }
}

}  // namespace

int trace_story(const TraceWanted& wanted) {
  if (wanted.follow) return follow(wanted);
  Answer answer = ask_trace(wanted, wanted.json ? "" : "text");
  if (!answer.fine()) return complain(answer);
  std::cout << answer.body;
  return kFine;
}

}  // namespace millrace::cli
