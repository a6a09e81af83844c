#include "emulator/cli/functions.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>

#include "emulator/base/clock.h"
#include "emulator/base/encoding.h"
#include "emulator/base/json.h"
#include "emulator/cli/aws_request.h"
#include "emulator/cli/env.h"
#include "emulator/cli/exit_codes.h"

namespace millrace::cli {

namespace {

constexpr int kInvokeTimeoutS = 910;  // a function's longest, and a little
constexpr auto kLook = std::chrono::milliseconds(500);
constexpr size_t kSeenMax = 20'000;  // events of the last looks, so that none is printed twice

std::optional<std::string> payload_of(const std::string& given) {
  if (given == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  if (!given.starts_with('@')) return given;
  std::ifstream file(given.substr(1), std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

Answer ask_logs(const std::string& operation, const Json& input) {
  AwsRequest request;
  request.service = "logs";
  request.target = "Logs_20140328." + operation;
  request.content_type = "application/x-amz-json-1.1";
  request.body = to_text(input);
  return ask_service(request);
}

/// The groups that are meant; the answer that failed otherwise.
std::vector<std::string> groups_of(const LogsWanted& wanted, Answer& failed) {
  if (!wanted.function.empty())
    return {wanted.function.starts_with('/') ? wanted.function : "/aws/lambda/" + wanted.function};
  std::vector<std::string> out;
  std::string token;
  do {
    Json input = {{"logGroupNamePrefix", "/aws/lambda/"}};
    if (!token.empty()) input["nextToken"] = token;
    Answer answer = ask_logs("DescribeLogGroups", input);
    auto page = parse_json(answer.body);
    if (!answer.fine() || !page) {
      failed = answer;
      return out;
    }
    for (const Json& group : page->value("logGroups", Json::array())) out.push_back(text_of(group, "logGroupName"));
    token = text_of(*page, "nextToken");
  } while (!token.empty());
  return out;
}

void print_event(const std::string& group, const Json& event, bool with_group, bool json) {
  if (json) {
    Json line = event;
    line["logGroupName"] = group;
    std::cout << to_text(line) << "\n";
    return;
  }
  std::string message = text_of(event, "message");
  while (!message.empty() && message.back() == '\n') message.pop_back();
  std::cout << iso_millis(int_of(event, "timestamp")) << "  ";
  if (with_group) std::cout << group.substr(group.rfind('/') + 1) << "  ";
  std::cout << message << "\n";
}

struct LogEvent {
  std::string group;
  Json event;
};

/// Adds what a group has from `since` on that wasn't printed yet. The exit code.
int add_new(const std::string& group, int64_t& since_ms, std::set<std::string>& seen, const LogsWanted& wanted,
            std::vector<LogEvent>& to) {
  std::string token;
  do {
    Json input = {{"logGroupName", group}, {"startTime", since_ms}, {"interleaved", true}};
    if (!token.empty()) input["nextToken"] = token;
    Answer answer = ask_logs("FilterLogEvents", input);
    auto page = parse_json(answer.body);
    // A function that hasn't run yet has no group; whoever follows waits for it.
    if (answer.status == 400 && wanted.follow) return kFine;
    if (answer.status == 400 && answer.body.find("ResourceNotFoundException") != std::string::npos) {
      std::fprintf(stderr,
                   "millrace: nothing has logged to %s: there is no such log group (millrace logs -f %s waits)\n",
                   group.c_str(), wanted.function.c_str());
      return kRefused;
    }
    if (!answer.fine() || !page) return complain(answer);
    for (const Json& event : page->value("events", Json::array())) {
      if (!seen.insert(text_of(event, "eventId")).second) continue;
      to.push_back({group, event});
      since_ms = std::max(since_ms, int_of(event, "timestamp"));
    }
    token = text_of(*page, "nextToken");
  } while (!token.empty());
  return kFine;
}

/// One look: what is new in all groups, in the order of its times.
int print_new(const std::vector<std::string>& groups, std::map<std::string, int64_t>& since, int64_t from_ms,
              std::set<std::string>& seen, const LogsWanted& wanted) {
  std::vector<LogEvent> events;
  for (const std::string& group : groups) {
    int64_t& from = since.try_emplace(group, from_ms).first->second;
    if (int code = add_new(group, from, seen, wanted, events); code != kFine) return code;
  }
  std::stable_sort(events.begin(), events.end(), [](const LogEvent& a, const LogEvent& b) {
    return int_of(a.event, "timestamp") < int_of(b.event, "timestamp");
  });
  for (const LogEvent& one : events) print_event(one.group, one.event, wanted.function.empty(), wanted.json);
  return kFine;
}

int64_t server_now_ms() {
  Answer answer = ask(server_url(), {.target = "/_millrace/clock"});
  auto clock = parse_json(answer.body);
  return clock ? int_of(*clock, "now_ms") : 0;
}

}  // namespace

int invoke(const Invocation& invocation) {
  auto payload = payload_of(invocation.payload);
  if (!payload) {
    std::fprintf(stderr, "millrace: %s can't be read\n", invocation.payload.substr(1).c_str());
    return kUsage;
  }
  AwsRequest request;
  request.service = "lambda";
  request.path = "/2015-03-31/functions/" + percent_encode(invocation.function) + "/invocations";
  request.body = *payload;
  request.content_type = "application/json";
  request.timeout_s = kInvokeTimeoutS;
  request.headers = {{"x-amz-invocation-type", invocation.event ? "Event" : "RequestResponse"},
                     {"x-amz-log-type", invocation.event ? "None" : "Tail"}};
  Answer answer = ask_service(request);
  if (!answer.fine()) return complain(answer);
  std::string error = answer.header("x-amz-function-error");
  std::string tail = from_base64(answer.header("x-amz-log-result")).value_or("");
  if (invocation.json) {
    Json out = {{"status", answer.status}, {"requestId", answer.header("x-amzn-requestid")}, {"log", tail}};
    out["payload"] = parse_json(answer.body).value_or(Json(answer.body));
    if (!error.empty()) out["error"] = error;
    std::cout << to_text(out) << "\n";
  } else {
    std::cerr << tail;
    std::cout << answer.body << (answer.body.empty() ? "" : "\n");
  }
  return error.empty() ? kFine : kRefused;
}

int logs(const LogsWanted& wanted) {
  Answer failed;
  failed.status = 200;
  std::vector<std::string> groups = groups_of(wanted, failed);
  if (!failed.fine()) return complain(failed);
  int64_t since_ms = server_now_ms() - wanted.since_s * 1000;
  std::map<std::string, int64_t> since;
  std::set<std::string> seen;
  while (true) {
    if (int code = print_new(groups, since, since_ms, seen, wanted); code != kFine) return code;
    std::cout.flush();
    if (!wanted.follow) return kFine;
    if (seen.size() > kSeenMax) seen.clear();  // some of the last millisecond may come twice
    pause_for(kLook);
    if (wanted.function.empty()) groups = groups_of(wanted, failed);
  }
}

}  // namespace millrace::cli
