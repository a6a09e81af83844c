#include "simulation.h"

namespace millrace::poller {
namespace {

class FakeQueue final : public ports::QueueReader {
 public:
  Result<Facts> facts(const std::string&) override { return Facts{}; }
  struct Message {
    ports::QueueMessage message;
    bool visible = true;
    bool removed = false;
    int receives = 0;
  };
  void send(const std::string& body) {
    Message m;
    m.message.message_id = "id-" + std::to_string(messages.size());
    m.message.receipt_handle = "handle-" + std::to_string(messages.size());
    m.message.body = body;
    m.message.attributes = {{"ApproximateReceiveCount", "1"}};
    messages.push_back(m);
    wake();
  }
  void make_visible() {
    for (auto& m : messages) m.visible = true;
    wake();
  }
  Result<std::vector<ports::QueueMessage>> receive(const std::string&, size_t limit, const std::string&) override {
    std::vector<ports::QueueMessage> result;
    for (auto& m : messages) {
      if (!m.visible || m.removed || result.size() == limit) continue;
      m.visible = false;
      ++m.receives;
      result.push_back(m.message);
    }
    return result;
  }
  void remove(const std::string&, const std::vector<std::string>& handles) override {
    for (const auto& h : handles) find(h).removed = true;
  }
  void release(const std::string&, const std::vector<std::string>& handles) override {
    for (const auto& h : handles) find(h).visible = true;
    wake();
  }
  Subscription subscribe(const std::string&, std::function<void()> wake) override {
    auto entry = std::make_shared<std::function<void()>>(std::move(wake));
    waker = entry;
    return entry;
  }
  size_t left() const {
    return static_cast<size_t>(
        std::count_if(messages.begin(), messages.end(), [](const auto& m) { return !m.removed; }));
  }
  std::vector<Message> messages;

 private:
  Message& find(const std::string& handle) {
    return *std::find_if(messages.begin(), messages.end(),
                         [&](const auto& m) { return m.message.receipt_handle == handle; });
  }
  void wake() {
    if (auto fn = waker.lock()) (*fn)();
  }
  std::weak_ptr<std::function<void()>> waker;
};

class QueueInvoker final : public ports::Invoker {
 public:
  void when_free(std::shared_ptr<const ports::FunctionVersion>, std::function<void()>) override {}
  struct Call {
    Json event;
    std::function<void(ports::InvocationResult)> done;
    std::string bodies() const {
      std::string result;
      for (const auto& record : event.at("Records")) result += record.at("body").get<std::string>();
      return result;
    }
  };
  void invoke(ports::Invocation invocation, std::function<void(ports::InvocationResult)> done) override {
    waiting.push_back({Json::parse(invocation.payload), std::move(done)});
  }
  std::deque<Call> waiting;
};

class QueueMapping : public ::testing::Test {
 protected:
  QueueMapping() {
    config.uuid = "m1";
    config.kind = ports::SourceKind::queue;
    config.account = "000000000000";
    config.region = "us-east-1";
    config.event_source_arn = "arn:aws:sqs:us-east-1:000000000000:q";
    config.function_name = "f";
    config.batch_size = 10;
  }
  void put() {
    ASSERT_TRUE(engine.put(config).has_value());
    executor.run();
  }
  void answer(ports::InvocationResult result) {
    auto call = invoker.waiting.front();
    invoker.waiting.pop_front();
    call.done(std::move(result));
    executor.run();
  }
  ManualClock clock;
  SeededRandom random{1};
  ManualExecutor executor;
  FakeStreams streams;
  FakeQueue queue;
  FakeFunctions functions;
  QueueInvoker invoker;
  FakeDestination destination;
  MemoryCheckpoints checkpoints;
  ports::MappingConfig config;
  Engine engine{EngineParts{.clock = clock,
                            .timers = clock,
                            .random = random,
                            .streams = streams,
                            .queues = &queue,
                            .functions = functions,
                            .invoker = invoker,
                            .destinations = destination,
                            .checkpoints = checkpoints,
                            .executor = &executor}};
};

TEST_F(QueueMapping, DeliversBatchesAndDeletesThem) {
  for (const char* body : {"a", "b", "c"}) queue.send(body);
  put();
  ASSERT_EQ(invoker.waiting.size(), 1u);
  EXPECT_EQ(invoker.waiting[0].bodies(), "abc");
  const Json record = invoker.waiting[0].event["Records"][0];
  EXPECT_EQ(record["messageId"], "id-0");
  EXPECT_EQ(record["eventSource"], "aws:sqs");
  EXPECT_EQ(record["eventSourceARN"], config.event_source_arn);
  EXPECT_EQ(record["attributes"]["ApproximateReceiveCount"], "1");
  answer(FakeInvoker::ok());
  EXPECT_EQ(queue.left(), 0u);
  EXPECT_EQ(engine.status("m1")->delivered, 3u);
}

TEST_F(QueueMapping, LeavesFailedMessagesToTheirVisibilityTimeout) {
  config.report_batch_item_failures = true;
  for (const char* body : {"a", "b", "c"}) queue.send(body);
  put();
  answer(FakeInvoker::ok(R"({"batchItemFailures":[{"itemIdentifier":"id-1"}]})"));
  EXPECT_EQ(queue.left(), 1u);
  EXPECT_TRUE(invoker.waiting.empty());
  queue.make_visible();
  executor.run();
  EXPECT_EQ(invoker.waiting.at(0).bodies(), "b");
  answer(FakeInvoker::error());
  EXPECT_EQ(queue.left(), 1u);
}

TEST_F(QueueMapping, DeletesFilteredMessages) {
  config.filter_patterns = {R"({"body":{"kind":["order"]}})"};
  queue.send(R"({"kind":"order"})");
  queue.send(R"({"kind":"other"})");
  queue.send("plain text");
  put();
  EXPECT_EQ(invoker.waiting.at(0).event["Records"].size(), 1u);
  EXPECT_EQ(queue.left(), 1u);
  EXPECT_EQ(engine.status("m1")->filtered, 2u);
}

TEST_F(QueueMapping, FiltersPlainTextBodies) {
  config.filter_patterns = {R"({"body":[{"prefix":"yes"}]})"};
  queue.send("yes it is");
  queue.send("no");
  put();
  EXPECT_EQ(invoker.waiting.at(0).event["Records"].size(), 1u);
}

TEST_F(QueueMapping, WaitsForItsWindowAndKeepsToItsConcurrency) {
  config.batching_window_s = 5;
  config.maximum_concurrency = 2;
  config.batch_size = 2;
  queue.send("a");
  put();
  EXPECT_TRUE(invoker.waiting.empty());
  clock.advance(5'000);
  executor.run();
  EXPECT_EQ(invoker.waiting.size(), 1u);
  for (int i = 0; i < 8; ++i) queue.send("x");
  executor.run();
  EXPECT_EQ(invoker.waiting.size(), 2u);
  answer(FakeInvoker::ok());
  EXPECT_EQ(invoker.waiting.size(), 2u);
}

// However many messages a batch may hold, an event ends before it is larger than a function takes.
TEST_F(QueueMapping, ClosesEventsAtSixMegabytes) {
  config.batch_size = 100;
  config.batching_window_s = 1;
  constexpr size_t kBody = 900'000;
  for (int i = 0; i < 20; ++i) queue.send(std::string(kBody, 'x'));
  put();
  clock.advance(1000);
  executor.run();
  size_t records = 0;
  while (!invoker.waiting.empty()) {
    const Json& event = invoker.waiting.front().event;
    EXPECT_LE(event.dump().size(), 6u << 20);
    EXPECT_EQ(event.at("Records").size(), std::min<size_t>(6, 20 - records));
    records += event.at("Records").size();
    answer(FakeInvoker::ok());
    clock.advance(1000);
    executor.run();
  }
  EXPECT_EQ(records, 20u);
  EXPECT_EQ(queue.left(), 0u);
}

TEST_F(QueueMapping, ScalesUpWhileTheQueueDoesNotEmpty) {
  config.batch_size = 1;
  for (int i = 0; i < 40; ++i) queue.send("x");
  put();
  EXPECT_EQ(invoker.waiting.size(), 5u);
  clock.advance(999);
  executor.run();
  EXPECT_EQ(invoker.waiting.size(), 5u);
  clock.advance(1);
  executor.run();
  EXPECT_EQ(invoker.waiting.size(), 10u);
  clock.advance(2'000);
  executor.run();
  EXPECT_EQ(invoker.waiting.size(), 20u);
  while (!invoker.waiting.empty()) answer(FakeInvoker::ok());
  EXPECT_EQ(queue.left(), 0u);
  for (int i = 0; i < 8; ++i) queue.send("y");
  executor.run();
  EXPECT_EQ(invoker.waiting.size(), 5u);  // from the beginning again
}

TEST_F(QueueMapping, GivesThrottledMessagesBackAndPauses) {
  queue.send("a");
  put();
  answer(FakeInvoker::throttled());
  EXPECT_TRUE(invoker.waiting.empty());
  clock.advance(100);
  executor.run();
  EXPECT_EQ(invoker.waiting.size(), 1u);
}

TEST_F(QueueMapping, DrainsWithoutMessagesInFlight) {
  queue.send("a");
  put();
  bool fired = false;
  engine.when_drained([&] { fired = true; });
  executor.run();
  EXPECT_FALSE(fired);
  answer(FakeInvoker::ok());
  EXPECT_TRUE(fired);
}

}  // namespace
}  // namespace millrace::poller
