#include "emulator/cli/doctor.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <boost/url/parse.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <regex>

#include "emulator/base/json.h"
#include "emulator/cli/client.h"
#include "emulator/cli/env.h"
#include "emulator/cli/exit_codes.h"

namespace millrace::cli {

namespace {

using Level = Finding::Level;

constexpr int kAnswerTimeoutS = 3;
constexpr uint64_t kRoomMin = 1ull << 30;  // RocksDB's log and a compaction beside it

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// The first address that this machine's resolver has for a name; empty: none.
std::string resolved(const std::string& name) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  if (getaddrinfo(name.c_str(), nullptr, &hints, &found) != 0) return "";
  std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (getnameinfo(found->ai_addr, found->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) != 0)
    return "";
  return text.data();
}

bool is_loopback(const std::string& address) {
  return address.starts_with("127.") || address == "::1";
}

/// What a program prints on its first line; empty: it isn't there, or fails. `command` is ours, never a user's text.
std::string first_line_of(const char* command) {
  std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command, "r"), &pclose);
  if (!pipe) return "";
  std::array<char, 256> line{};
  if (!std::fgets(line.data(), line.size(), pipe.get())) return "";
  std::string text = line.data();
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

std::pair<int, int> version_in(const std::string& text, const char* pattern) {
  std::smatch found;
  if (!std::regex_search(text, found, std::regex(pattern))) return {0, 0};
  return {std::stoi(found[1]), std::stoi(found[2])};
}

struct ServerPlace {
  std::string url, host, port;
};

ServerPlace place_of(const std::string& url_text) {
  auto url = boost::urls::parse_uri(url_text);
  if (!url) return {url_text, "", ""};
  return {url_text, std::string(url->host()), url->has_port() ? std::string(url->port()) : "80"};
}

Finding server_answers(const ServerPlace& server, bool& runs) {
  Answer answer = ask(server.url, "GET", "/_millrace/health", kAnswerTimeoutS);
  runs = answer.fine() && answer.body.find("\"status\"") != std::string::npos;
  if (runs) return {Level::fine, "server", "answers at " + server.url};
  if (answer.status != 0)
    return {Level::trouble, "server",
            "something that isn't millrace answers at " + server.url + " (" + std::to_string(answer.status) +
                "): start millrace with --port, or say where it is with MILLRACE_URL"};
  return {Level::note, "server",
          "none answers at " + server.url + " (" + answer.problem + "); MILLRACE_URL says where"};
}

void check_endpoint_variables(const ServerPlace& server, std::vector<Finding>& out) {
  std::string endpoint = variable("AWS_ENDPOINT_URL");
  if (endpoint.empty()) {
    out.push_back({Level::trouble, "AWS_ENDPOINT_URL",
                   "isn't set: SDKs and Terraform would go to AWS. eval \"$(millrace env)\""});
  } else if (endpoint != server.url) {
    out.push_back({Level::note, "AWS_ENDPOINT_URL", "is " + endpoint + ", not " + server.url});
  } else {
    out.push_back({Level::fine, "AWS_ENDPOINT_URL", "is " + endpoint});
  }
  std::string region = variable("AWS_REGION") + variable("AWS_DEFAULT_REGION");
  if (region.empty())
    out.push_back(
        {Level::note, "region", "neither AWS_REGION nor AWS_DEFAULT_REGION is set: most SDKs refuse to start"});
  if (variable("AWS_ACCESS_KEY_ID").empty() && variable("AWS_PROFILE").empty())
    out.push_back(
        {Level::note, "credentials", "AWS_ACCESS_KEY_ID isn't set: any pair will do, eval \"$(millrace env)\""});
}

void check_proxy(const ServerPlace& server, bool runs, std::vector<Finding>& out) {
  const std::string proxy = variable("HTTP_PROXY").empty() ? variable("http_proxy") : variable("HTTP_PROXY");
  const char* who = "hashicorp/aws from 6.23 on and `aws s3control` need it";
  if (proxy.empty()) {
    out.push_back({Level::note, "HTTP_PROXY", std::string("isn't set: ") + who + ". eval \"$(millrace env)\""});
  } else if (proxy != server.url && proxy != server.url + "/") {
    out.push_back({Level::note, "HTTP_PROXY", "is " + proxy + ", another proxy: " + who + " to be " + server.url});
  } else if (runs) {
    std::string target = "http://000000000000." + server.host + ":" + server.port + "/_millrace/health";
    Answer answer = ask(proxy, "GET", target, kAnswerTimeoutS);
    bool fine = answer.fine();
    out.push_back({fine ? Level::fine : Level::trouble, "HTTP_PROXY",
                   fine ? "leads 000000000000." + server.host + " here"
                        : "doesn't lead 000000000000." + server.host +
                              " here: " + (answer.status ? answer.body : answer.problem)});
  }
  std::string around = variable("NO_PROXY") + "," + variable("no_proxy");
  if (!proxy.empty() && around.find(server.host) != std::string::npos)
    out.push_back({Level::note, "NO_PROXY",
                   "holds " + server.host + ": some clients then don't use the proxy for names that end in it"});
}

void check_aws_cli(std::vector<Finding>& out) {
  std::string said = first_line_of("aws --version 2>/dev/null");
  if (said.empty()) {
    out.push_back({Level::note, "AWS CLI", "isn't on the PATH"});
    return;
  }
  auto [major, minor] = version_in(said, R"(aws-cli/(\d+)\.(\d+))");
  std::string version = std::to_string(major) + "." + std::to_string(minor);
  bool reads = major > 2 || (major == 2 && minor >= 13) || (major == 1 && minor >= 29);
  if (reads)
    out.push_back({Level::fine, "AWS CLI", version + " reads AWS_ENDPOINT_URL"});
  else
    out.push_back(
        {Level::trouble, "AWS CLI",
         version + " ignores AWS_ENDPOINT_URL and goes to AWS: give it --endpoint-url, or take 2.13, 1.29 or newer"});
}

void check_boto3(std::vector<Finding>& out) {
  std::string said = first_line_of("python3 -c 'import boto3; print(boto3.__version__)' 2>/dev/null");
  if (said.empty()) return;
  auto [major, minor] = version_in(said, R"((\d+)\.(\d+))");
  bool reads = major > 1 || minor >= 28;
  out.push_back(
      {reads ? Level::fine : Level::trouble, "boto3",
       said + (reads ? " reads AWS_ENDPOINT_URL"
                     : " ignores AWS_ENDPOINT_URL and goes to AWS: pass endpoint_url, or take 1.28 or newer")});
}

void check_runtimes(std::vector<Finding>& out) {
  std::error_code failed;
  std::filesystem::path own = std::filesystem::read_symlink("/proc/self/exe", failed).parent_path();
  bool worker = std::filesystem::exists(own / "millrace-python", failed);
  out.push_back({worker ? Level::fine : Level::trouble, "functions",
                 worker ? "millrace-python is beside this program"
                        : "millrace-python isn't beside this program (" + own.string() + "): no function can run"});
  std::string node = first_line_of("node --version 2>/dev/null");
  out.push_back({node.empty() ? Level::note : Level::fine, "node",
                 node.empty() ? "isn't on the PATH: functions with nodejs runtimes can't run" : node});
  if (first_line_of("unshare --user --mount true 2>&1 && echo fine").ends_with("fine"))
    out.push_back({Level::fine, "sandbox", "namespaces can be made"});
  else
    out.push_back(
        {Level::note, "sandbox",
         "namespaces can't be made here: handlers see this machine's files as their user does, and /tmp has no limit"});
}

void check_disk(const std::string& folder, std::vector<Finding>& out) {
  std::error_code failed;
  std::filesystem::path there = std::filesystem::absolute(folder, failed);
  while (!there.empty() && there != there.root_path() && !std::filesystem::exists(there, failed))
    there = there.parent_path();
  struct statvfs room {};
  if (statvfs(there.c_str(), &room) != 0) {
    out.push_back({Level::trouble, "disk", "the folder of " + folder + " can't be looked at"});
    return;
  }
  uint64_t free_bytes = static_cast<uint64_t>(room.f_bavail) * room.f_frsize;
  std::string size = std::to_string(free_bytes >> 20) + " MiB free at " + there.string();
  out.push_back({free_bytes < kRoomMin ? Level::trouble : Level::fine, "disk", size});
  if (access(there.c_str(), W_OK) != 0)
    out.push_back({Level::trouble, "disk", there.string() + " can't be written to"});
}

}  // namespace

Finding try_name(const std::string& label, const std::string& server_url, const std::string& who_needs_it) {
  ServerPlace server = place_of(server_url);
  std::string name = label + "." + server.host, address = resolved(name);
  if (address.empty()) return {Level::note, name, "isn't known to this machine's resolver; " + who_needs_it};
  Answer answer = ask("http://" + name + ":" + server.port, "GET", "/_millrace/health", kAnswerTimeoutS);
  if (answer.fine()) return {Level::fine, name, "leads here (" + address + ")"};
  if (!is_loopback(address)) return {Level::note, name, "leads elsewhere (" + address + "); " + who_needs_it};
  return {Level::note, name, "is " + address + ", but no server answers there; " + who_needs_it};
}

std::vector<Finding> examine(const std::string& data_folder) {
  ServerPlace server = place_of(server_url());
  bool runs = false;
  std::vector<Finding> out = {server_answers(server, runs)};
  check_endpoint_variables(server, out);
  check_proxy(server, runs, out);
  if (runs) {
    const ServerPlace local = {"http://localhost:" + server.port, "localhost", server.port};
    const char* proxied = "clients of S3 Control need HTTP_PROXY (millrace env) or a line in /etc/hosts";
    out.push_back(try_name("000000000000", server.url, proxied));
    out.push_back(try_name("000000000000", local.url, proxied));
    out.push_back(try_name("my-bucket", local.url,
                           "with localhost as the endpoint S3 clients need it: take the address 127.0.0.1"));
    out.push_back(
        try_name("abc123.lambda-url.us-east-1", local.url,
                 "function URLs answer at http://" + server.host + ":" + server.port + "/_lambda-url/<id>/ too"));
    out.push_back(try_name("abc123.execute-api.us-east-1", local.url, "curl resolves *.localhost by itself"));
  }
  check_aws_cli(out);
  check_boto3(out);
  check_runtimes(out);
  check_disk(data_folder, out);
  return out;
}

int doctor(const std::string& data_folder, bool json, std::ostream& out) {
  std::vector<Finding> findings = examine(data_folder);
  static constexpr const char* kLevels[] = {"fine", "note", "trouble"};
  int troubles = 0;
  Json list = Json::array();
  for (const Finding& finding : findings) {
    troubles += finding.level == Level::trouble;
    const char* level = kLevels[static_cast<int>(finding.level)];
    list.push_back({{"level", level}, {"subject", finding.subject}, {"sentence", finding.sentence}});
    if (!json)
      out << (finding.level == Level::fine   ? "  ok  "
              : finding.level == Level::note ? "  --  "
                                             : "  !!  ")
          << finding.subject << ": " << finding.sentence << "\n";
  }
  if (json)
    out << to_text(Json{{"findings", list}}) << "\n";
  else
    out << (troubles ? std::to_string(troubles) + " in trouble\n" : std::string("nothing in trouble\n"));
  return troubles ? kRefused : kFine;
}

}  // namespace millrace::cli
