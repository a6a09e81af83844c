#pragma once
// A Pool with the real worker, and a log sink and authority that only remember.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <mutex>

#include "emulator/base/json.h"
#include "runtime/pool/pool.h"

namespace millrace::pool {

class RememberingLogSink : public ports::LogSink {
 public:
  void append(const ports::LogTarget& target, std::vector<ports::LogLine> lines) override {
    std::lock_guard lock(mutex_);
    streams_.insert(target.stream);
    for (ports::LogLine& line : lines) messages_.push_back(std::move(line.message));
  }
  std::vector<std::string> take() {
    std::lock_guard lock(mutex_);
    return std::exchange(messages_, {});
  }
  size_t stream_count() {
    std::lock_guard lock(mutex_);
    return streams_.size();
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> messages_;
  std::set<std::string> streams_;
};

class OneRoleAuthority : public ports::Authority {
 public:
  bool role_may(const std::string&, const std::string&, const std::string&, const ports::RequestContext&) override {
    return true;
  }
  bool role_trusts_service(const std::string&, const std::string&, const std::string&) override { return true; }
  Result<ports::Credentials> assume_for_service(const std::string& role, const std::string& session, int,
                                                const std::string&) override {
    return ports::Credentials{"ASIA" + session, "secret", "token of " + role, 0};
  }
  bool resource_policy_allows_service(const std::string&, const std::string&, const std::string&, const std::string&,
                                      const ports::RequestContext&) override {
    return true;
  }
};

/// The worker is built beside the tests' folder: build/millrace-python.
inline std::string worker_binary() {
  auto self = std::filesystem::read_symlink("/proc/self/exe");
  for (auto folder = self.parent_path(); folder != folder.root_path(); folder = folder.parent_path())
    if (std::filesystem::exists(folder / "millrace-python")) return (folder / "millrace-python").string();
  return {};
}

class PoolTest : public ::testing::Test {
 protected:
  void SetUp() override {
    options_.worker_binary = worker_binary();
    if (options_.worker_binary.empty()) GTEST_SKIP() << "millrace-python is not built";
    scratch_ = std::filesystem::temp_directory_path() / ("millrace-pool-test-" + random_.hex(12));
    options_.scratch_folder = scratch_ / "pool";
    options_.endpoint_url = "http://127.0.0.1:4566";
  }
  void TearDown() override {
    pool_.reset();
    std::error_code error;
    if (!scratch_.empty()) std::filesystem::remove_all(scratch_, error);
  }

  Pool& pool() {
    if (pool_ == nullptr)
      pool_ = std::make_unique<Pool>(options_,
                                     start_zygote(options_.worker_binary, options_.scratch_folder, options_.mounts),
                                     clock_, random_, log_, authority_);
    return *pool_;
  }

  /// A function from tests/data/handlers/<folder>; the environment key follows from what is given.
  ports::FunctionVersion function(const std::string& folder, const std::string& handler = "index.handler",
                                  const std::string& runtime = "python3.13") {
    ports::FunctionVersion f;
    f.account = "000000000000";
    f.region = "us-east-1";
    f.name = "fn";
    f.version = "$LATEST";
    f.function_arn = "arn:aws:lambda:us-east-1:000000000000:function:fn";
    f.environment_key = folder + "/" + handler + "/" + runtime;
    f.runtime = runtime;
    f.handler = handler;
    f.code_folder = std::string(MILLRACE_TESTS_DIR) + "/data/handlers/" + folder;
    f.role_arn = "arn:aws:iam::000000000000:role/r";
    f.log_group = "/aws/lambda/fn";
    return f;
  }

  std::future<ports::InvocationResult> start(const ports::FunctionVersion& f, const std::string& payload = "{}") {
    ports::Invocation invocation;
    invocation.function = std::make_shared<ports::FunctionVersion>(f);
    invocation.request_id = random_.uuid();
    last_request_id_ = invocation.request_id;
    invocation.payload = payload;
    invocation.invoked_function_arn = f.function_arn;
    invocation.client_context = client_context_;
    invocation.want_log_tail = true;
    invocation.stream = stream_;
    auto promise = std::make_shared<std::promise<ports::InvocationResult>>();
    pool().invoke(std::move(invocation), [promise](ports::InvocationResult r) { promise->set_value(std::move(r)); });
    return promise->get_future();
  }
  ports::InvocationResult run(const ports::FunctionVersion& f, const std::string& payload = "{}") {
    auto future = start(f, payload);
    if (future.wait_for(std::chrono::seconds(30)) != std::future_status::ready) {
      ADD_FAILURE() << "no result within 30 s";
      return {};
    }
    return future.get();
  }
  Json run_json(const ports::FunctionVersion& f, const std::string& payload = "{}") {
    return parse_json(run(f, payload).payload).value_or(Json());
  }
  /// The events so far without INIT_START, START, END and REPORT.
  std::vector<std::string> own_messages() {
    std::vector<std::string> own;
    for (std::string& message : log_.take()) {
      bool platform = false;
      for (const char* word : {"INIT_START", "START ", "END ", "REPORT ", "INIT_REPORT"})
        platform = platform || message.starts_with(word);
      if (!platform) own.push_back(std::move(message));
    }
    return own;
  }

  SystemRandom random_;
  EmulatorClock clock_;
  RememberingLogSink log_;
  OneRoleAuthority authority_;
  PoolOptions options_;
  std::filesystem::path scratch_;
  std::string last_request_id_;
  std::string client_context_;
  std::shared_ptr<ports::ResponseStream> stream_;
  std::unique_ptr<Pool> pool_;
};

}  // namespace millrace::pool
