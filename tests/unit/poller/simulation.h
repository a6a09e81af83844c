#pragma once
// A world for the pollers without threads or real time: the test posts, completes and lets time pass.

#include <gtest/gtest.h>

#include <deque>
#include <map>

#include "emulator/base/json.h"
#include "runtime/poller/engine.h"

namespace millrace::poller {

class ManualExecutor final : public Executor {
 public:
  void post(std::function<void()> task) override { tasks_.push_back(std::move(task)); }
  /// Runs until nothing is left to do.
  void run() {
    for (int steps = 0; !tasks_.empty(); ++steps) {
      ASSERT_LT(steps, 1'000'000) << "the executor never comes to rest";
      auto task = std::move(tasks_.front());
      tasks_.pop_front();
      task();
    }
  }
  void clear() { tasks_.clear(); }
  bool run_one() {
    if (tasks_.empty()) return false;
    auto task = std::move(tasks_.front());
    tasks_.pop_front();
    task();
    return true;
  }

 private:
  std::deque<std::function<void()>> tasks_;
};

class FakeStreams final : public ports::StreamReader {
 public:
  static constexpr char arn[] = "arn:aws:dynamodb:us-east-1:000000000000:table/T/stream/2024-01-01T00:00:00.000";

  struct Shard {
    ports::ShardInfo info;
    std::vector<ports::StreamRecord> records;
    bool closed = false;
  };

  FakeStreams() { open_shard(""); }

  std::string next_number() { return std::to_string(++last_number_); }

  std::string open_shard(const std::string& parent) {
    Shard shard;
    shard.info.shard_id = "shardId-0000000" + std::to_string(1000 + shards_.size()) + "-aaaaaaaa";
    shard.info.parent_shard_id = parent;
    shard.info.starting_sequence_number = next_number();
    shards_.push_back(shard);
    return shards_.back().info.shard_id;
  }

  ports::StreamRecord& put(const std::string& key, Millis now, const std::string& value = "v", size_t shard = 0) {
    Shard& target = shard ? shards_[shard] : open();
    ports::StreamRecord record;
    record.event_id = "e" + std::to_string(last_number_);
    record.sequence_number = next_number();
    record.created_ms = now;
    record.size_bytes = 10;
    record.view_type = "NEW_AND_OLD_IMAGES";
    record.keys.set("pk", key);
    record.new_image = record.keys;
    record.new_image->set("v", value);
    target.records.push_back(record);
    wake();
    return target.records.back();
  }

  /// Closes the newest shard and opens `children` new ones.
  void roll(int children = 1) {
    Shard& parent = open();
    parent.closed = true;
    parent.info.ending_sequence_number = next_number();
    std::string id = parent.info.shard_id;
    for (int i = 0; i < children; ++i) open_shard(id);
    wake();
  }

  Result<std::vector<ports::ShardInfo>> shards(const std::string&) override {
    std::vector<ports::ShardInfo> result;
    for (const Shard& shard : shards_) result.push_back(shard.info);
    return result;
  }
  Result<Page> read(const std::string&, const std::string& id, const std::string& after, size_t limit,
                    size_t) override {
    ++reads;
    Page page;
    for (const Shard& shard : shards_) {
      if (shard.info.shard_id != id) continue;
      size_t left = 0;
      for (const auto& record : shard.records) {
        if (!after.empty() && record.sequence_number <= after) continue;
        if (page.records.size() < limit)
          page.records.push_back(record);
        else
          ++left;
      }
      page.end_of_shard = shard.closed && left == 0;
    }
    return page;
  }
  Result<std::string> latest(const std::string&, const std::string& id) override {
    for (const Shard& shard : shards_) {
      if (shard.info.shard_id != id) continue;
      return shard.records.empty() ? std::to_string(std::stoll(shard.info.starting_sequence_number) - 1)
                                   : shard.records.back().sequence_number;
    }
    return std::string();
  }
  Subscription subscribe(const std::string&, std::function<void()> wake) override {
    auto entry = std::make_shared<std::function<void()>>(std::move(wake));
    wakers_.push_back(entry);
    return entry;
  }

  std::vector<Shard> shards_;
  int reads = 0;

 private:
  Shard& open() {
    for (auto it = shards_.rbegin(); it != shards_.rend(); ++it) {
      if (!it->closed) return *it;
    }
    return shards_.back();
  }
  void wake() {
    for (auto& waker : wakers_) {
      if (auto fn = waker.lock()) (*fn)();
    }
  }
  int64_t last_number_ = 100'000'000'000'000'000;
  std::vector<std::weak_ptr<std::function<void()>>> wakers_;
};

class FakeFunctions final : public ports::FunctionCatalog {
 public:
  Result<std::shared_ptr<const ports::FunctionVersion>> resolve(const std::string&, const std::string&,
                                                                const std::string&, const std::string&) override {
    static const ErrorKind not_found{"ResourceNotFoundException", 404};
    if (missing) return AwsError(not_found, "Function not found");
    auto version = std::make_shared<ports::FunctionVersion>();
    version->version = "$LATEST";
    return std::shared_ptr<const ports::FunctionVersion>(version);
  }
  bool missing = false;
};

/// Calls wait until the test answers them; or `answer` does at once.
class FakeInvoker final : public ports::Invoker {
 public:
  void when_free(std::shared_ptr<const ports::FunctionVersion>, std::function<void()>) override {}
  struct Call {
    Json event;
    ports::Invocation invocation;
    std::function<void(ports::InvocationResult)> done;
    std::vector<std::string> numbers() const {
      std::vector<std::string> result;
      for (const auto& record : event.at("Records")) result.push_back(record.at("dynamodb").at("SequenceNumber"));
      return result;
    }
    std::string items() const {  // "a1,b1"
      std::string result;
      for (const auto& record : event.at("Records")) {
        if (!result.empty()) result += ",";
        result += record.at("dynamodb").at("NewImage").at("v").at("S").get<std::string>();
      }
      return result;
    }
  };
  void invoke(ports::Invocation invocation, std::function<void(ports::InvocationResult)> done) override {
    Call call{Json::parse(invocation.payload), invocation, std::move(done)};
    history.push_back(call.items());
    events.push_back(call.event);
    if (answer) {
      auto result = answer(call);
      call.done(result);
    } else {
      waiting.push_back(std::move(call));
    }
  }
  static ports::InvocationResult ok(std::string payload = "null") { return {ports::InvocationStatus::ok, payload}; }
  static ports::InvocationResult error() { return {ports::InvocationStatus::function_error, "{}"}; }
  static ports::InvocationResult throttled() { return {ports::InvocationStatus::throttled, ""}; }

  std::deque<Call> waiting;
  std::vector<std::string> history;  // the items of each call
  std::vector<Json> events;
  std::function<ports::InvocationResult(const Call&)> answer;
};

class FakeDestination final : public ports::Destination {
 public:
  Result<void> send(const std::string& arn, const ports::Message& message, const Sender&) override {
    sent.push_back(message);
    arns.push_back(arn);
    if (on_send) on_send(Json::parse(message.body));
    return {};
  }
  std::vector<ports::Message> sent;
  std::vector<std::string> arns;
  std::function<void(const Json&)> on_send;
};

class MemoryCheckpoints final : public ports::CheckpointStore {
 public:
  std::map<std::string, std::string> load(const std::string& uuid) override { return values[uuid]; }
  void save(const std::string& uuid, const std::string& shard, const std::string& value) override {
    values[uuid][shard] = value;
  }
  void save_now(const std::string& uuid, const std::map<std::string, std::string>& more) override {
    for (const auto& [shard, value] : more) values[uuid][shard] = value;
  }
  void erase(const std::string& uuid, const std::string& shard) override { values[uuid].erase(shard); }
  void erase_all(const std::string& uuid) override { values.erase(uuid); }
  std::string text(const std::string& uuid) {
    std::string all;
    for (const auto& [shard, value] : values[uuid]) all += shard + " " + value + "\n";
    return all;
  }
  std::map<std::string, std::map<std::string, std::string>> values;
};

class FakeAuthority final : public ports::Authority {
 public:
  bool role_may(const std::string&, const std::string& action, const std::string&,
                const ports::RequestContext&) override {
    return action != denied;
  }
  bool role_trusts_service(const std::string&, const std::string&, const std::string&) override { return true; }
  Result<ports::Credentials> assume_for_service(const std::string&, const std::string&, int,
                                                const std::string&) override {
    return ports::Credentials{};
  }
  bool resource_policy_allows_service(const std::string&, const std::string&, const std::string&, const std::string&,
                                      const ports::RequestContext&) override {
    return true;
  }
  std::string denied;  // the action that no role may perform
};

class Simulation : public ::testing::Test {
 protected:
  Simulation() { start(); }

  void start() {
    engine = std::make_unique<Engine>(EngineParts{.clock = clock,
                                                  .timers = clock,
                                                  .random = random,
                                                  .streams = streams,
                                                  .queues = queues,
                                                  .functions = functions,
                                                  .invoker = invoker,
                                                  .destinations = destination,
                                                  .checkpoints = checkpoints,
                                                  .authority = &authority,
                                                  .executor = &executor});
  }
  /// The process dies and comes back: what was in memory is gone.
  void restart() {
    executor.clear();
    engine.reset();
    invoker.waiting.clear();
    start();
    for (const auto& [uuid, config] : configs) ASSERT_TRUE(engine->put(config).has_value());
    executor.run();
  }

  ports::MappingConfig config(const std::string& uuid = "m1") {
    ports::MappingConfig c;
    c.uuid = uuid;
    c.account = "000000000000";
    c.region = "us-east-1";
    c.event_source_arn = FakeStreams::arn;
    c.function_name = "f";
    c.function_arn = "arn:aws:lambda:us-east-1:000000000000:function:f";
    return c;
  }
  void put(const ports::MappingConfig& c) {
    configs[c.uuid] = c;
    ASSERT_TRUE(engine->put(c).has_value());
    executor.run();
  }
  void write(const std::string& key, const std::string& value) { streams.put(key, clock.now_ms(), value); }
  void run() { executor.run(); }
  /// Time passes in small steps, with all work done in each.
  void pass(Millis ms, Millis step = 50) {
    for (Millis passed = 0; passed < ms; passed += step) {
      clock.advance(std::min(step, ms - passed));
      executor.run();
    }
  }
  void answer(ports::InvocationResult result, size_t index = 0) {
    ASSERT_LT(index, invoker.waiting.size());
    auto call = invoker.waiting[index];
    invoker.waiting.erase(invoker.waiting.begin() + static_cast<ptrdiff_t>(index));
    call.done(std::move(result));
    executor.run();
  }
  ports::MappingStatus status(const std::string& uuid = "m1") { return *engine->status(uuid); }
  std::string failures_answer(const std::vector<std::string>& numbers) {
    Json list = Json::array();
    for (const auto& n : numbers) list.push_back({{"itemIdentifier", n}});
    return Json{{"batchItemFailures", list}}.dump();
  }
  bool drained() {
    auto fired = std::make_shared<bool>(false);
    auto id = engine->when_drained([fired] { *fired = true; });
    executor.run();
    engine->forget(id);
    executor.run();
    return *fired;
  }

  ManualClock clock;
  SeededRandom random{1};
  ManualExecutor executor;
  FakeStreams streams;
  ports::QueueReader* queues = nullptr;
  FakeFunctions functions;
  FakeInvoker invoker;
  FakeDestination destination;
  MemoryCheckpoints checkpoints;
  FakeAuthority authority;
  std::map<std::string, ports::MappingConfig> configs;
  std::unique_ptr<Engine> engine;
};

using Calls = std::vector<std::string>;

}  // namespace millrace::poller
