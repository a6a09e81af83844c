#include "emulator/cli/runtimes.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <vector>

#include "emulator/base/json.h"
#include "emulator/cli/client.h"
#include "emulator/cli/env.h"
#include "emulator/cli/exit_codes.h"

namespace millrace::cli {

namespace {

/// What most Node handlers of stacks like those that run here import.
constexpr const char* kNodePackages[] = {
    "@aws-sdk/client-dynamodb",   "@aws-sdk/lib-dynamodb",    "@aws-sdk/util-dynamodb",
    "@aws-sdk/client-s3",         "@aws-sdk/client-sqs",      "@aws-sdk/client-sns",
    "@aws-sdk/client-lambda",     "@aws-sdk/client-sts",      "@aws-sdk/client-secrets-manager",
    "@aws-sdk/client-ssm",        "@aws-sdk/client-kms",      "@aws-sdk/client-eventbridge",
    "@aws-sdk/client-cloudwatch", "@aws-sdk/client-scheduler"};

/// Runs the program found on the PATH, its output going where ours does. Its exit code; 127: it isn't there.
int run(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t child = 0;
  if (posix_spawnp(&child, arguments[0], nullptr, nullptr, arguments.data(), environ) != 0) return 127;
  int status = 0;
  if (waitpid(child, &status, 0) < 0) return 127;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 127;
}

bool told(const char* what, int code, const char* program) {
  if (code == 0) {
    std::printf("%s: installed\n", what);
    return true;
  }
  const std::string why = code == 127 ? std::string(program) + " isn't on the PATH"
                                      : std::string(program) + " ended with " + std::to_string(code) +
                                            " (what it said is above). Can its index be reached?";
  std::fprintf(stderr, "millrace: %s wasn't installed: %s\n", what, why.c_str());
  return false;
}

int install(const std::string& folder) {
  const std::string site = folder + "/python-site", node = folder + "/node-sdk";
  std::error_code failed;
  std::filesystem::create_directories(node, failed);
  if (failed) {
    std::fprintf(stderr, "millrace: %s can't be made: %s\n", folder.c_str(), failed.message().c_str());
    return kRefused;
  }
  const int python = run({"python3", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1",
                          "--timeout", "10", "--upgrade", "--target", site, "boto3"});
  const bool has_boto3 = told("boto3", python, "python3 -m pip");
  std::vector<std::string> npm{"npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", node};
  npm.insert(npm.end(), std::begin(kNodePackages), std::end(kNodePackages));
  const bool has_sdk = told("the AWS SDK for JavaScript", run(npm), "npm");
  const std::string options =
      (has_boto3 ? " --python-site " + site : "") + (has_sdk ? " --node-modules " + node + "/node_modules" : "");
  if (!options.empty())
    std::printf("serve finds it in its data folder by itself at its next start; elsewhere by\n %s\n", options.c_str());
  if (!has_boto3 || !has_sdk)
    std::fprintf(stderr,
                 "Functions go on with what the server has (millrace runtimes says what). A folder that was filled on "
                 "another machine does as well: --python-site, --node-modules.\n");
  return has_boto3 && has_sdk ? kFine : kRefused;
}

}  // namespace

int runtimes(const RuntimesWanted& wanted) {
  const std::string folder = wanted.folder.empty() ? wanted.data_folder + "/runtimes" : wanted.folder;
  if (wanted.install) return install(std::filesystem::absolute(folder).lexically_normal().string());
  Answer answer = ask(server_url(), {.target = "/_millrace/health"});
  if (answer.status == 0) {
    std::fprintf(stderr, "millrace: no answer from %s: %s\n", server_url().c_str(), answer.problem.c_str());
    return kNoAnswer;
  }
  const Json health = parse_json(answer.body).value_or(Json::object());
  const Json shown{{"python3.x", "CPython 3.11 with " + text_of(health, "python")},
                   {"nodejs", "the machine's node with " + text_of(health, "node")},
                   {"provided.al2023", "the package's own program"}};
  if (wanted.json) {
    std::puts(to_text(shown).c_str());
    return kFine;
  }
  for (const auto& [name, what] : shown.items())
    std::printf("%-16s %s\n", name.c_str(), what.get<std::string>().c_str());
  return kFine;
}

}  // namespace millrace::cli
