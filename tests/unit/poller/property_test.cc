// Random worlds: writes, shard splits, failing and slow functions, deaths of the process, updates of the
// mapping. At the end every record must be accounted for, and no item's record may have been delivered before
// an earlier one was dealt with.

#include <set>

#include "simulation.h"

namespace millrace::poller {
namespace {

class RandomWorld : public Simulation, public ::testing::WithParamInterface<int> {
 protected:
  struct Written {
    std::string item;
    bool filtered;
  };

  uint64_t draw(uint64_t bound) { return rng.below(bound); }

  ports::MappingConfig random_config() {
    auto c = config();
    c.batch_size = static_cast<int>(1 + draw(8));
    c.parallelization_factor = draw(2) ? static_cast<int>(1 + draw(10)) : 1;
    c.batching_window_s = draw(3) ? 0 : static_cast<int>(draw(5));
    c.maximum_retry_attempts = draw(2) ? -1 : static_cast<int>(draw(4));
    c.maximum_record_age_s = draw(3) ? -1 : 60;
    c.bisect_on_error = draw(2);
    c.report_batch_item_failures = draw(2);
    if (draw(4) == 0) {
      c.tumbling_window_s = 30;
      c.parallelization_factor = 1;
    }
    c.on_failure_arn = "arn:aws:s3:::failures";  // there the document holds the records
    c.filter_patterns = {R"({"dynamodb":{"NewImage":{"v":{"S":[{"anything-but":{"prefix":"skip"}}]}}}})"};
    return c;
  }

  void write_some() {
    for (uint64_t i = draw(12); i > 0; --i) {
      std::string item = "k" + std::to_string(draw(6));
      bool filtered = draw(4) == 0;
      const auto& record = streams.put(item, clock.now_ms(), filtered ? "skip" : "take");
      written[record.sequence_number] = {item, filtered};
    }
  }

  /// The records are dealt with: each item's earlier ones must be by now.
  void account(const std::vector<std::string>& numbers) {
    for (const std::string& number : numbers) {
      if (!accounted.insert(number).second) continue;
      const Written& record = written.at(number);
      for (auto it = written.begin(); it->first != number; ++it) {
        if (it->second.item != record.item || it->second.filtered) continue;
        ASSERT_TRUE(accounted.count(it->first)) << it->first << " was overtaken by " << number;
      }
    }
  }

  void answer_some() {
    for (uint64_t i = draw(4); i > 0 && !invoker.waiting.empty(); --i) {
      size_t index = draw(invoker.waiting.size());
      answer_one(index, draw(100) < failing_percent);
    }
  }

  void answer_one(size_t index, bool fail) {
    auto numbers = invoker.waiting[index].numbers();
    const auto& c = configs["m1"];
    std::string state = c.tumbling_window_s ? R"({"state":{}})" : "null";
    uint64_t kind = fail ? draw(3) : 3;
    if (kind == 0) {
      answer(FakeInvoker::throttled(), index);
    } else if (kind == 1 && !numbers.empty() && c.report_batch_item_failures) {
      size_t first = draw(numbers.size());
      account({numbers.begin(), numbers.begin() + static_cast<ptrdiff_t>(first)});
      Json body = Json::parse(failures_answer({numbers[first]}));
      body["state"] = Json::object();
      answer(FakeInvoker::ok(body.dump()), index);
    } else if (kind <= 2) {
      answer(FakeInvoker::error(), index);
    } else {
      account(numbers);
      answer(FakeInvoker::ok(state), index);
    }
  }

  void step() {
    switch (draw(20)) {
      case 0:
        if (streams.shards_.size() < 20) streams.roll(static_cast<int>(1 + draw(2)));
        break;
      case 1: restart(); break;
      case 2: {
        auto c = random_config();
        // A call in flight is read by the definition that it began with, which these two must not change
        // under us.
        c.report_batch_item_failures = configs["m1"].report_batch_item_failures;
        c.tumbling_window_s = configs["m1"].tumbling_window_s;
        if (c.tumbling_window_s) c.parallelization_factor = 1;
        c.enabled = draw(4) != 0;
        put(c);
        break;
      }
      case 3:
      case 4:
      case 5: pass(static_cast<Millis>(draw(3000)), 100); break;
      default:
        write_some();
        if (draw(2)) run();
        answer_some();
    }
  }

  SeededRandom rng{static_cast<uint64_t>(GetParam())};
  std::map<std::string, Written> written;
  std::set<std::string> accounted;
  uint64_t failing_percent = 40;
};

TEST_P(RandomWorld, AccountsForEveryRecordInOrder) {
  destination.on_send = [this](const Json& document) {
    std::vector<std::string> numbers;
    const Json event = Json::parse(document["payload"].get<std::string>());
    for (const Json& record : event["Records"]) {
      numbers.push_back(record["dynamodb"]["SequenceNumber"]);
    }
    account(numbers);
  };
  put(random_config());
  for (int i = 0; i < 150 && !HasFatalFailure(); ++i) step();
  // The function recovers and the mapping is enabled: everything drains.
  auto c = configs["m1"];
  c.enabled = true;
  put(c);
  for (int i = 0; i < 4000 && !HasFatalFailure(); ++i) {
    while (!invoker.waiting.empty() && !HasFatalFailure()) answer_one(0, false);
    if (drained()) break;
    pass(1000, 250);
  }
  ASSERT_TRUE(drained());
  for (const auto& [number, record] : written) {
    EXPECT_TRUE(record.filtered || accounted.count(number)) << number << " of " << record.item << " was lost";
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomWorld, ::testing::Range(1, 41));

}  // namespace
}  // namespace millrace::poller
