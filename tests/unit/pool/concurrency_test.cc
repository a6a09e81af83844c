// Limits, many environments at once, output of every kind, and that nothing is left behind.

#include <signal.h>

#include "tests/unit/pool/pool_fixture.h"

namespace millrace::pool {
namespace {

using ports::InvocationStatus;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

TEST_F(PoolTest, ReservedConcurrencyThrottles) {
  auto f = function("misc", "index.sleep");
  f.reserved_concurrency = 1;
  auto first = start(f, R"({"seconds":0.5})");
  auto second = run(f, R"({"seconds":0})");
  EXPECT_EQ(second.status, InvocationStatus::throttled);
  EXPECT_EQ(second.throttle_reason, "ReservedFunctionConcurrentInvocationLimitExceeded");
  EXPECT_EQ(first.get().payload, "\"slept\"");
  EXPECT_EQ(run(f, R"({"seconds":0})").payload, "\"slept\"");
  f.reserved_concurrency = 0;
  EXPECT_EQ(run(f).throttle_reason, "ReservedFunctionConcurrentInvocationLimitExceeded");
}

TEST_F(PoolTest, TheAccountsConcurrencyThrottles) {
  options_.account_concurrency = 2;
  auto f = function("misc", "index.sleep");
  auto first = start(f, R"({"seconds":0.3})");
  auto second = start(f, R"({"seconds":0.3})");
  EXPECT_EQ(run(f).throttle_reason, "ConcurrentInvocationLimitExceeded");
  EXPECT_EQ(first.get().payload, "\"slept\"");
  EXPECT_EQ(second.get().payload, "\"slept\"");
}

TEST_F(PoolTest, TheLongestIdleEnvironmentMakesRoom) {
  options_.environments_max = 2;
  for (const char* key : {"a", "b", "c"}) {
    auto f = function("echo");
    f.name = key;
    f.function_arn += key;
    f.environment_key = key;
    EXPECT_EQ(run_json(f)["calls"], 1);
  }
  EXPECT_EQ(pool().counts().environments, 2u);
}

TEST_F(PoolTest, ManyEnvironmentsRunAtOnce) {
  auto f = function("misc", "index.sleep");
  std::vector<std::future<ports::InvocationResult>> running;
  for (int i = 0; i < 20; ++i) running.push_back(start(f, R"({"seconds":0.3})"));
  for (auto& one : running) EXPECT_EQ(one.get().payload, "\"slept\"");
  EXPECT_EQ(pool().counts().environments, 20u);
  EXPECT_EQ(log_.stream_count(), 20u);
}

TEST_F(PoolTest, AllOutputReachesTheLogInOrder) {
  run(function("misc", "index.all_outputs"));
  auto own = own_messages();
  ASSERT_EQ(own.size(), 8u) << Json(own).dump(1);
  EXPECT_EQ(own[0], "by print\n");
  EXPECT_EQ(own[1], "second line\n");
  EXPECT_EQ(own[2], "no newline at the end; by stderr\n");
  EXPECT_EQ(own[3], "by fd 1\n");
  EXPECT_EQ(own[4], "by a child\n");
  EXPECT_EQ(own[5], "a\rb\n");
  EXPECT_THAT(own[6], MatchesRegex("\\[WARNING\\]\t[0-9T:-]+\\.[0-9][0-9][0-9]Z\t" + last_request_id_ +
                                   "\tby logging\nin two lines\n"));
  EXPECT_EQ(own[7], "last");
}

TEST_F(PoolTest, JsonLogFormat) {
  auto f = function("misc", "index.structured_log");
  f.log_format = "JSON";
  run(f);
  auto messages = log_.take();
  ASSERT_EQ(messages.size(), 5u) << Json(messages).dump(1);
  std::vector<Json> events;
  for (const std::string& message : messages) events.push_back(parse_json(message).value_or(Json()));
  EXPECT_EQ(events[0]["type"], "platform.initStart");
  EXPECT_EQ(events[1]["type"], "platform.start");
  EXPECT_EQ(events[1]["record"], (Json{{"requestId", last_request_id_}, {"version", "$LATEST"}}));
  EXPECT_EQ(events[2]["level"], "INFO");
  EXPECT_EQ(events[2]["message"], "hello there");
  EXPECT_EQ(events[2]["logger"], "app");
  EXPECT_EQ(events[2]["requestId"], last_request_id_);
  EXPECT_EQ(events[2]["order"], 7);
  EXPECT_EQ(events[3]["errorType"], "KeyError");
  EXPECT_EQ(events[4]["type"], "platform.report");
  EXPECT_EQ(events[4]["record"]["status"], "success");
  EXPECT_EQ(events[4]["record"]["metrics"]["memorySizeMB"], 128);
}

TEST_F(PoolTest, AFloodOfLinesArrivesWhole) {
  auto f = function("misc", "index.flood");
  f.timeout_s = 20;
  EXPECT_EQ(run(f, R"({"lines":50000})").payload, "50000");
  auto own = own_messages();
  ASSERT_EQ(own.size(), 50000u);
  EXPECT_EQ(own[49999], "line 49999\n");
}

TEST_F(PoolTest, TheTailIsTheLastFourKilobytes) {
  auto result = run(function("misc", "index.flood"), R"({"lines":5000})");
  EXPECT_EQ(result.log_tail.size(), 4096u);
  EXPECT_THAT(result.log_tail, HasSubstr("line 4999\nEND RequestId: " + last_request_id_));
}

// True if the process was started by us, or by something that was: other tests and servers don't count.
bool is_ours(int pid) {
  for (int depth = 0; pid > 1 && depth < 100; ++depth) {
    if (pid == getpid()) return true;
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    std::getline(file, line);
    size_t name_end = line.rfind(')');
    if (name_end == std::string::npos) return false;
    pid = std::atoi(line.c_str() + name_end + 4);  // ") S <parent>"
  }
  return false;
}

// Processes among this program's descendants that run `name`, by /proc.
int count_processes(const std::string& name) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream file(entry.path() / "cmdline");
    std::string line;
    std::getline(file, line, '\0');
    std::string argument;
    std::getline(file, argument, '\0');
    if (line + " " + argument == name && is_ours(std::atoi(entry.path().filename().c_str()))) ++count;
  }
  return count;
}

// Its parents may be just ending, and then it is nobody's for a moment.
int count_sleepers(int expected) {
  for (int i = 0; i < 300 && count_processes("/bin/sleep 300") != expected; ++i) usleep(10'000);
  return count_processes("/bin/sleep 300");
}

TEST_F(PoolTest, NothingIsLeftWhenThePoolEnds) {
  auto f = function("misc", "index.leave_child");
  ASSERT_EQ(run(f).status, InvocationStatus::ok);
  EXPECT_EQ(count_sleepers(1), 1);
  auto under_way = start(function("misc", "index.sleep"));
  std::string worker = options_.worker_binary + " --parent";
  EXPECT_GE(count_processes(worker), 1);
  pool_.reset();
  EXPECT_EQ(under_way.get().throttle_reason, "ServiceStopping");
  for (int i = 0; i < 300 && count_processes(worker) + count_processes("/bin/sleep 300") > 0; ++i) usleep(10'000);
  EXPECT_EQ(count_processes(worker), 0);
  EXPECT_EQ(count_processes("/bin/sleep 300"), 0);
  EXPECT_FALSE(std::filesystem::exists(options_.scratch_folder / "tmp"));
}

TEST_F(PoolTest, WhatAnEnvironmentStartedEndsWithIt) {
  auto f = function("misc", "index.leave_child");
  auto other = function("misc", "index.leave_child");
  other.function_arn += "-other";
  other.environment_key += "-other";
  ASSERT_EQ(run(f).status, InvocationStatus::ok);
  ASSERT_EQ(run(other).status, InvocationStatus::ok);
  EXPECT_EQ(count_sleepers(2), 2);
  pool().retire(f.function_arn);
  for (int i = 0; i < 300 && count_processes("/bin/sleep 300") > 1; ++i) usleep(10'000);
  if (count_processes("/bin/sleep 300") == 2) GTEST_SKIP() << "no namespaces here";
  EXPECT_EQ(count_processes("/bin/sleep 300"), 1);
}

TEST_F(PoolTest, AWorkerThatDiesIsReplaced) {
  Zygote zygote = start_zygote(options_.worker_binary, options_.scratch_folder);
  pid_t pid = zygote.pid();
  pool_ = std::make_unique<Pool>(options_, std::move(zygote), clock_, random_, log_, authority_);
  EXPECT_EQ(run_json(function("echo"))["calls"], 1);
  auto under_way = start(function("misc", "index.sleep"));
  usleep(200'000);
  kill(pid, SIGKILL);
  // Started again at most once a second.
  Json error = parse_json(under_way.get().payload).value_or(Json());
  EXPECT_EQ(error["errorType"], "Runtime.ExitError");
  usleep(1'100'000);
  EXPECT_EQ(run_json(function("echo"))["calls"], 1);
}

}  // namespace
}  // namespace millrace::pool
