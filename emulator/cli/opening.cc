#include "emulator/cli/opening.h"

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <filesystem>
#include <regex>

#include "emulator/base/version.h"

namespace millrace::cli {

namespace {

namespace fs = std::filesystem;

constexpr uint64_t kRoomMin = 256ull << 20;

bool is_loopback(const std::string& host) {
  return host.starts_with("127.") || host == "::1" || host == "localhost";
}

const char* word(IamMode mode) {
  return mode == IamMode::off     ? "off: nobody is refused"
         : mode == IamMode::audit ? "audit: nobody is refused, all is recorded"
                                  : "on";
}

/// Where clients reach it: an address for every interface is no address to ask.
std::string url_of(const server::ServerOptions& options, uint16_t port) {
  bool everywhere = options.host == "0.0.0.0" || options.host == "::";
  std::string host = everywhere ? "127.0.0.1" : options.host;
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return "http://" + host + ":" + std::to_string(port);
}

uint64_t room_at(fs::path there) {
  std::error_code failed;
  there = fs::absolute(there, failed);
  while (there.has_parent_path() && there != there.root_path() && !fs::exists(there, failed))
    there = there.parent_path();
  struct statvfs room {};
  if (statvfs(there.c_str(), &room) != 0) return UINT64_MAX;
  return static_cast<uint64_t>(room.f_bavail) * room.f_frsize;
}

}  // namespace

std::string opening_lines(const server::ServerOptions& options, const OpeningFacts& facts, bool colour) {
  const std::string url = url_of(options, facts.port);
  auto dim = [&](const std::string& text) { return colour ? "\x1b[2m" + text + "\x1b[0m" : text; };
  auto line = [&](const char* name, const std::string& value) {
    return "  " + dim(fmt::format("{:<9}", name)) + value + "\n";
  };
  std::error_code failed;
  std::string folder =
      options.ephemeral ? "temporary, removed at exit" : fs::absolute(options.data_folder, failed).string();
  std::string out = "millrace " + std::string(version()) + "  " + (colour ? "\x1b[1m" + url + "\x1b[0m" : url) + "\n";
  out += line("page",
              url + "/_millrace/" + facts.page_query + dim("  shows what is there and what becomes of each change"));
  out += line("data", folder);
  out += line("region", options.region + ", IAM " + word(options.iam));
  for (const char* member : {"python", "node"}) {
    if (find(facts.health, member)) out += line(member, text_of(facts.health, member));
  }
  out += line("token", facts.token + dim(", for the admin API"));
  out += line("shell", "export AWS_ENDPOINT_URL=" + url +
                           " AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=" + options.region);
  out += line("", dim("hashicorp/aws 6.23 and newer also HTTP_PROXY=" + url +
                      "; all of it: eval \"$(MILLRACE_URL=" + url + " millrace env)\""));
  return out;
}

std::vector<std::string> opening_warnings(const server::ServerOptions& options) {
  std::vector<std::string> out;
  if (!is_loopback(options.host))
    out.push_back(
        "listening on " + options.host +
        ": whoever reaches this machine may do everything here, and run code by Lambda; 127.0.0.1 lets in nobody else");
  static const std::regex kRegion(R"((us(-gov|-iso[a-z]?)?|af|ap|ca|cn|eu|eusc|il|me|mx|sa)-[a-z]+(-[a-z]+)?-\d)");
  if (!std::regex_match(options.region, kRegion))
    out.push_back("'" + options.region + "' doesn't look like a region (us-east-1, eu-west-1): SDKs may refuse it");
  if (uint64_t room = options.ephemeral ? UINT64_MAX : room_at(options.data_folder); room < kRoomMin)
    out.push_back(fmt::format("only {} MiB are free where {} is", room >> 20, options.data_folder));
  std::error_code failed;
  fs::path worker = options.functions.worker_binary;
  if (worker.empty()) worker = fs::read_symlink("/proc/self/exe", failed).parent_path() / "millrace-python";
  if (!fs::exists(worker, failed)) out.push_back(worker.string() + " isn't there: no function can run");
  return out;
}

}  // namespace millrace::cli
