#pragma once
// The Lambda room over a store in a temporary folder, with a clock that the test owns and neighbours that it commands.

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>

#include "emulator/base/encoding.h"
#include "emulator/services/lambda/async_invocations.h"
#include "emulator/services/lambda/operations.h"
#include "zip_bytes.h"

namespace millrace::lambda {

class FakeAuthority final : public ports::Authority {
 public:
  std::set<std::string> refused;  // actions
  bool trusts = true;
  bool role_may(const std::string&, const std::string& action, const std::string&,
                const ports::RequestContext&) override {
    return !refused.contains(action);
  }
  bool role_trusts_service(const std::string&, const std::string&, const std::string&) override { return trusts; }
  Result<ports::Credentials> assume_for_service(const std::string&, const std::string&, int,
                                                const std::string&) override {
    return ports::Credentials{};
  }
  bool resource_policy_allows_service(const std::string&, const std::string&, const std::string&, const std::string&,
                                      const ports::RequestContext&) override {
    return true;
  }
};

class FakeObjects final : public ports::Objects {
 public:
  std::map<std::string, std::string> objects;  // "bucket/key"
  Result<ports::ObjectContent> get(const ports::ObjectName& name, uint64_t) override {
    static constexpr ErrorKind kNoSuchKey{"NoSuchKey", 404};
    auto it = objects.find(name.bucket + "/" + name.key);
    if (it == objects.end()) return AwsError(kNoSuchKey, "The specified key does not exist.");
    return ports::ObjectContent{it->second, "", ""};
  }
  Result<void> read(const ports::ObjectName& name, const std::function<bool(std::string_view)>& take) override {
    TRY(ports::ObjectContent content, get(name, UINT64_MAX));
    take(content.body);
    return {};
  }
  Result<void> put(const ports::ObjectName&, std::string, const std::string&) override { return {}; }
  bool bucket_exists(const std::string&) override { return true; }
  Result<std::vector<std::string>> list(const ports::OnBehalfOf&, const std::string&, const std::string&,
                                        const std::string&, size_t) override {
    return std::vector<std::string>{};
  }
};

/// Answers each invocation at once with `answer`, and remembers it.
class FakeInvoker final : public ports::Invoker {
 public:
  std::function<ports::InvocationResult(const ports::Invocation&)> answer = [](const ports::Invocation&) {
    return ports::InvocationResult{};
  };
  void invoke(ports::Invocation invocation, std::function<void(ports::InvocationResult)> done) override {
    ports::InvocationResult result = answer(invocation);
    {
      std::lock_guard lock(mutex_);
      invocations_.push_back(std::move(invocation));
    }
    changed_.notify_all();
    done(std::move(result));
  }
  void when_free(std::shared_ptr<const ports::FunctionVersion>, std::function<void()> fn) override {
    std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(fn));
  }
  /// Capacity is free: those that wait for it are told.
  void free() {
    std::vector<std::function<void()>> told;
    {
      std::lock_guard lock(mutex_);
      told.swap(waiting_);
    }
    for (const auto& fn : told) fn();
  }
  /// Waits until there were `n` invocations.
  std::vector<ports::Invocation> wait_for(size_t n) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(5), [&] { return invocations_.size() >= n; });
    return invocations_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<ports::Invocation> invocations_;  // guarded by mutex_
  std::vector<std::function<void()>> waiting_;  // guarded by mutex_
};

class FakeMappings final : public ports::MappingEngine {
 public:
  std::map<std::string, ports::MappingConfig> configs;
  std::map<std::string, ports::MappingState> states;
  Result<void> put(ports::MappingConfig config) override {
    states[config.uuid] = config.enabled ? ports::MappingState::enabled : ports::MappingState::disabled;
    configs[config.uuid] = std::move(config);
    return {};
  }
  void remove(const std::string& uuid) override {
    configs.erase(uuid);
    states.erase(uuid);
  }
  std::optional<ports::MappingStatus> status(const std::string& uuid) const override {
    auto it = states.find(uuid);
    if (it == states.end()) return std::nullopt;
    ports::MappingStatus status;
    status.state = it->second;
    return status;
  }
  std::vector<ports::MappingReport> reports() const override { return {}; }
  std::optional<std::string> filter_problem(const std::string& pattern) const override {
    return parse_json(pattern) ? std::nullopt : std::optional<std::string>("not JSON");
  }
  DrainId when_drained(std::function<void()>) override { return 0; }
  void forget(DrainId) override {}
};

class FakeStreams final : public ports::StreamReader {
 public:
  Result<std::vector<ports::ShardInfo>> shards(const std::string& arn) override {
    static constexpr ErrorKind kMissing{"ResourceNotFoundException"};
    if (arn.find("table/gone/") != std::string::npos) return AwsError(kMissing, "Requested resource not found");
    return std::vector<ports::ShardInfo>{};
  }
  Result<Page> read(const std::string&, const std::string&, const std::string&, size_t, size_t) override {
    return Page{};
  }
  Result<std::string> latest(const std::string&, const std::string&) override { return std::string("0"); }
  Subscription subscribe(const std::string&, std::function<void()>) override { return nullptr; }
};

class FakeQueues final : public ports::QueueReader {
 public:
  Result<Facts> facts(const std::string&) override { return Facts{}; }
  Result<std::vector<ports::QueueMessage>> receive(const std::string&, size_t, const std::string&) override {
    return std::vector<ports::QueueMessage>{};
  }
  void remove(const std::string&, const std::vector<std::string>&) override {}
  void release(const std::string&, const std::vector<std::string>&) override {}
  Subscription subscribe(const std::string&, std::function<void()>) override { return nullptr; }
};

class FakeDestinations final : public ports::Destination {
 public:
  Result<void> send(const std::string& target, const ports::Message& message, const Sender& sender) override {
    {
      std::lock_guard lock(mutex_);
      sent_.push_back({target, message, sender});
    }
    changed_.notify_all();
    return {};
  }
  struct Sent {
    std::string target;
    ports::Message message;
    Sender sender;
  };
  std::vector<Sent> wait_for(size_t n) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(5), [&] { return sent_.size() >= n; });
    return sent_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Sent> sent_;  // guarded by mutex_
};

class LambdaTest : public testing::Test {
 protected:
  LambdaTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "lambda-test-XXXXXX").string();
    folder = mkdtemp(pattern.data());
    open();
  }
  ~LambdaTest() override {
    close();
    std::filesystem::remove_all(folder);
  }

  void open() {
    store = std::move(std::get<std::unique_ptr<storage::Store>>(storage::Store::open({folder + "/store"})));
    ServiceContext context{*store, clock, clock, random, "http://127.0.0.1:4566", folder + "/files"};
    context.aws_delays = aws_delays;
    functions = std::make_unique<Functions>(context);
    lambda = std::make_unique<Lambda>(context, *functions,
                                      Ports{authority, objects, invoker, mappings, streams, queues, destinations});
  }
  void close() {
    lambda.reset();
    functions.reset();
    store.reset();
  }

  /// Runs an operation's handler as account 123456789012 in us-east-1.
  Result<Json> call(const protocol::Operation& operation, Json input) {
    protocol::Call call;
    call.caller.account = "123456789012";
    call.operation = &operation;
    call.request_id = random.uuid();
    call.input = std::move(input);
    return std::get<protocol::JsonHandler>(operation.handle)(call);
  }

  Json create(const std::string& name, const std::string& source = "def handler(e, c): pass\n",
              Json more = Json::object()) {
    Json input = {{"FunctionName", name},
                  {"Runtime", "python3.12"},
                  {"Handler", "index.handler"},
                  {"Role", "arn:aws:iam::123456789012:role/r"},
                  {"Code", {{"ZipFile", to_base64(zip_bytes({{"index.py", source}}))}}}};
    input.update(more);
    Result<Json> created = call(create_function(*lambda), input);
    EXPECT_TRUE(created.has_value()) << (created.has_error() ? created.error().message : "");
    return created.has_value() ? *created : Json();
  }

  Result<std::shared_ptr<const ports::FunctionVersion>> resolve(const std::string& name,
                                                                const std::string& qualifier = "") {
    return functions->resolve("123456789012", "us-east-1", name, qualifier);
  }

  std::string folder;
  bool aws_delays = false;
  ManualClock clock;
  SeededRandom random{7};
  FakeAuthority authority;
  FakeObjects objects;
  FakeInvoker invoker;
  FakeMappings mappings;
  FakeStreams streams;
  FakeQueues queues;
  FakeDestinations destinations;
  std::unique_ptr<storage::Store> store;
  std::unique_ptr<Functions> functions;
  std::unique_ptr<Lambda> lambda;
};

}  // namespace millrace::lambda
