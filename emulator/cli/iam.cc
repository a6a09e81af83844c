#include "emulator/cli/iam.h"

#include <fmt/format.h>

#include <cstdio>
#include <iostream>

#include "emulator/base/encoding.h"
#include "emulator/base/json.h"
#include "emulator/cli/client.h"
#include "emulator/cli/env.h"
#include "emulator/cli/exit_codes.h"
#include "emulator/cli/explain.h"
#include "emulator/cli/words.h"

namespace millrace::cli {

namespace {

void print_principal(const Json& principal) {
  std::cout << text_of(principal, "principal") << "  " << counted(int_of(principal, "requests"), "requests") << "\n";
  for (const Json& use : principal.value("actions", Json::array())) {
    const int64_t denied = int_of(use, "deniedCount");
    std::cout << fmt::format("  {} {:>7}  {:<32} {}\n", denied ? "denied" : "      ", int_of(use, "count"),
                             text_of(use, "action"), text_of(use, "resource"));
    if (denied) std::cout << fmt::format("  {:>14}  {}\n", "", text_of(use, "message"));
  }
}

}  // namespace

int iam_audit(bool json) {
  Answer answer = ask(server_url(), {.target = "/_millrace/iam/audit"});
  auto report = parse_json(answer.body);
  if (!answer.fine() || !report) return complain(answer);
  if (json) {
    std::cout << answer.body;
    return kFine;
  }
  const Json principals = report->value("principals", Json::array());
  for (const Json& principal : principals) print_principal(principal);
  if (principals.empty())
    std::cout
        << "nothing was recorded: a server records everything under --iam audit, and under --iam on what it refuses\n";
  return kFine;
}

int iam_policy(const std::string& principal) {
  const std::string known = source_arn(principal), arn = known.empty() ? principal : known;
  Answer answer = ask(server_url(), {.target = "/_millrace/iam/policy?principal=" + percent_encode(arn)});
  if (!answer.fine()) return complain(answer);
  std::cout << answer.body;
  std::fprintf(stderr, "from what it did since %s\n", answer.header("x-millrace-since").c_str());
  return kFine;
}

}  // namespace millrace::cli
