// The engine on its own thread, with writers, readers of the status and completions on others. Meant for the
// thread sanitizer as much as for its assertions.

#include <atomic>
#include <future>
#include <thread>

#include "simulation.h"

namespace millrace::poller {
namespace {

class LockedStreams final : public ports::StreamReader {
 public:
  void put(const std::string& key) {
    std::function<void()> wake;
    {
      std::lock_guard lock(mutex_);
      inner_.put(key, 1'700'000'000'000, key);
      wake = wake_;
    }
    if (wake) wake();
  }
  Result<std::vector<ports::ShardInfo>> shards(const std::string& arn) override {
    std::lock_guard lock(mutex_);
    return inner_.shards(arn);
  }
  Result<Page> read(const std::string& arn, const std::string& shard, const std::string& after, size_t limit,
                    size_t bytes) override {
    std::lock_guard lock(mutex_);
    return inner_.read(arn, shard, after, limit, bytes);
  }
  Result<std::string> latest(const std::string& arn, const std::string& shard) override {
    std::lock_guard lock(mutex_);
    return inner_.latest(arn, shard);
  }
  Subscription subscribe(const std::string&, std::function<void()> wake) override {
    std::lock_guard lock(mutex_);
    wake_ = std::move(wake);
    return std::make_shared<int>(0);
  }

 private:
  std::mutex mutex_;
  FakeStreams inner_;
  std::function<void()> wake_;
};

/// Answers on a thread of its own.
class ThreadedInvoker final : public ports::Invoker {
 public:
  void when_free(std::shared_ptr<const ports::FunctionVersion>, std::function<void()>) override {}
  ~ThreadedInvoker() override {
    for (auto& thread : threads_) thread.join();
  }
  void invoke(ports::Invocation invocation, std::function<void(ports::InvocationResult)> done) override {
    records += Json::parse(invocation.payload)["Records"].size();
    threads_.emplace_back([done = std::move(done)] { done({ports::InvocationStatus::ok, "null"}); });
  }
  std::atomic<size_t> records{0};

 private:
  std::vector<std::thread> threads_;  // invoke() is called on the engine's thread only
};

TEST(EngineThread, DeliversEverythingUnderConcurrentUse) {
  ManualClock clock;
  SeededRandom random{1};
  LockedStreams streams;
  FakeFunctions functions;
  ThreadedInvoker invoker;
  FakeDestination destination;
  MemoryCheckpoints checkpoints;
  constexpr int writers = 3, each = 200;
  {
    Engine engine(EngineParts{.clock = clock,
                              .timers = clock,
                              .random = random,
                              .streams = streams,
                              .functions = functions,
                              .invoker = invoker,
                              .destinations = destination,
                              .checkpoints = checkpoints});
    ports::MappingConfig config;
    config.uuid = "m1";
    config.event_source_arn = FakeStreams::arn;
    config.parallelization_factor = 4;
    ASSERT_TRUE(engine.put(config).has_value());
    std::vector<std::thread> threads;
    for (int w = 0; w < writers; ++w) {
      threads.emplace_back([&, w] {
        for (int i = 0; i < each; ++i) {
          streams.put("k" + std::to_string(w * 10 + i % 10));
          (void)engine.status("m1");
        }
      });
    }
    for (auto& thread : threads) thread.join();
    std::promise<void> drained;
    engine.when_drained([&] { drained.set_value(); });
    drained.get_future().wait();
    EXPECT_EQ(engine.status("m1")->delivered, static_cast<uint64_t>(writers * each));
    streams.put("last");  // whatever happens to it, the engine may go
  }
  EXPECT_GE(invoker.records, static_cast<size_t>(writers * each));
}

}  // namespace
}  // namespace millrace::poller
