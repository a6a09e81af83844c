#include "runtime/poller/batch_response.h"
#include "simulation.h"

namespace millrace::poller {
namespace {

class Failure : public Simulation {
 protected:
  /// Every call fails whose items include `poison`.
  void fail_on(const std::string& poison) {
    invoker.answer = [poison](const FakeInvoker::Call& call) {
      return call.items().find(poison) == std::string::npos ? FakeInvoker::ok() : FakeInvoker::error();
    };
  }
  Json sent(size_t index = 0) { return Json::parse(destination.sent.at(index).body); }
  static constexpr char queue_arn[] = "arn:aws:sqs:us-east-1:000000000000:dead";
};

TEST_F(Failure, RetriesWithGrowingPauses) {
  fail_on("a");
  put(config());
  write("a", "a1");
  run();
  pass(60'000, 250);
  EXPECT_GE(invoker.history.size(), 7u);  // recorded: about eight in a minute
  EXPECT_LE(invoker.history.size(), 9u);
  EXPECT_EQ(status().last_processing_result, "PROBLEM: Function call failed");
  EXPECT_EQ(status().errors, invoker.history.size());
}

TEST_F(Failure, GivesUpAfterTheRetriesAndTellsTheDestination) {
  fail_on("a");
  auto c = config();
  c.maximum_retry_attempts = 1;
  c.on_failure_arn = queue_arn;
  put(c);
  Millis begin = clock.now_ms();
  write("a", "a1");
  run();
  pass(1000);
  write("b", "b1");
  run();
  EXPECT_EQ(invoker.history, (Calls{"a1", "a1", "b1"}));
  ASSERT_EQ(destination.sent.size(), 1u);
  EXPECT_EQ(destination.arns[0], queue_arn);
  Json record = sent();
  EXPECT_EQ(record["requestContext"]["condition"], "RetryAttemptsExhausted");
  EXPECT_EQ(record["requestContext"]["approximateInvokeCount"], 2);
  EXPECT_EQ(record["requestContext"]["functionArn"], c.function_arn);
  EXPECT_EQ(record["responseContext"].dump(),
            R"({"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"})");
  EXPECT_EQ(record["version"], "1.0");
  EXPECT_EQ(record["timestamp"], iso_millis(begin + 250));
  const std::string number = streams.shards_[0].records[0].sequence_number;
  EXPECT_EQ(record["DDBStreamBatchInfo"].dump(), (Json{{"shardId", streams.shards_[0].info.shard_id},
                                                       {"startSequenceNumber", number},
                                                       {"endSequenceNumber", number},
                                                       {"approximateArrivalOfFirstRecord", iso_seconds(begin)},
                                                       {"approximateArrivalOfLastRecord", iso_seconds(begin)},
                                                       {"batchSize", 1},
                                                       {"streamArn", FakeStreams::arn}})
                                                     .dump());
  EXPECT_EQ(status().discarded, 1u);
  EXPECT_EQ(status().last_processing_result, "OK");
}

TEST_F(Failure, PutsThePayloadIntoABucket) {
  fail_on("a");
  auto c = config();
  c.maximum_retry_attempts = 0;
  c.on_failure_arn = "arn:aws:s3:::failures";
  put(c);
  write("a", "a1");
  run();
  ASSERT_EQ(destination.sent.size(), 1u);
  EXPECT_EQ(destination.sent[0].s3_key.rfind("aws/lambda/m1/" + streams.shards_[0].info.shard_id +
                                                 "/2023/11/14/"
                                                 "2023-11-14T22.13.20-",
                                             0),
            0u)
      << destination.sent[0].s3_key;
  Json payload = Json::parse(sent()["payload"].get<std::string>());
  EXPECT_EQ(payload["Records"][0]["dynamodb"]["NewImage"]["v"]["S"], "a1");
}

TEST_F(Failure, DoesNotCountThrottlesAsAttempts) {
  int throttles = 5;
  invoker.answer = [&](auto&) { return throttles-- > 0 ? FakeInvoker::throttled() : FakeInvoker::ok(); };
  auto c = config();
  c.maximum_retry_attempts = 0;
  put(c);
  write("a", "a1");
  run();
  pass(60'000);
  EXPECT_EQ(invoker.history.size(), 6u);
  EXPECT_EQ(status().delivered, 1u);
  EXPECT_EQ(status().throttles, 5u);
}

TEST_F(Failure, WaitsForAMissingFunction) {
  functions.missing = true;
  auto c = config();
  c.maximum_retry_attempts = 0;
  put(c);
  write("a", "a1");
  run();
  pass(10'000);
  EXPECT_EQ(status().last_processing_result, "PROBLEM: Function call failed");
  functions.missing = false;
  invoker.answer = [](auto&) { return FakeInvoker::ok(); };
  pass(10'000);
  EXPECT_EQ(status().delivered, 1u);
}

TEST_F(Failure, ExpiresRecordsBeforeTheirFirstCallAndWhileTheyAreRetried) {
  fail_on("");
  auto c = config();
  c.maximum_record_age_s = 60;
  c.on_failure_arn = queue_arn;
  streams.put("a", clock.now_ms() - 61'000, "old");
  put(c);
  EXPECT_TRUE(invoker.history.empty());
  ASSERT_EQ(destination.sent.size(), 1u);
  EXPECT_EQ(sent()["requestContext"]["condition"], "RecordAgeExceeded");
  EXPECT_FALSE(sent().contains("responseContext"));
  write("a", "young");
  run();
  pass(60'000);
  EXPECT_EQ(destination.sent.size(), 1u);
  pass(100);
  ASSERT_EQ(destination.sent.size(), 2u);  // when its age is reached, not at the next retry
  EXPECT_EQ(status().expired, 2u);
  EXPECT_TRUE(drained());
}

TEST_F(Failure, ExpiresOnlyTheOldPartOfABatch) {
  invoker.answer = [](auto&) { return FakeInvoker::ok(); };
  auto c = config();
  c.maximum_record_age_s = 60;
  streams.put("a", clock.now_ms() - 61'000, "old");
  streams.put("a", clock.now_ms(), "new");
  put(c);
  EXPECT_EQ(invoker.history, (Calls{"new"}));
}

TEST_F(Failure, GivesUpRecordsThatTheStreamNoLongerKeeps) {
  fail_on("");
  put(config());
  write("a", "a1");
  run();
  pass(25 * 3600 * 1000LL, 60'000);
  EXPECT_EQ(status().expired, 1u);
}

TEST_F(Failure, BisectsFirstHalfFirstWithoutConsumingAttempts) {
  fail_on("3");
  auto c = config();
  c.bisect_on_error = true;
  c.maximum_retry_attempts = 1;
  c.on_failure_arn = queue_arn;
  put(c);
  for (const char* v : {"1", "2", "3", "4"}) streams.put("a", clock.now_ms(), v);
  run();
  pass(10'000);
  EXPECT_EQ(invoker.history, (Calls{"1,2,3,4", "1,2", "3,4", "3", "3", "4"}));
  ASSERT_EQ(destination.sent.size(), 1u);
  EXPECT_EQ(sent()["requestContext"]["approximateInvokeCount"], 2);
  EXPECT_EQ(sent()["DDBStreamBatchInfo"]["batchSize"], 1);
}

TEST_F(Failure, RetriesFromTheLowestFailedItem) {
  auto c = config();
  c.report_batch_item_failures = true;
  put(c);
  for (const char* v : {"1", "2", "3", "4"}) streams.put("a", clock.now_ms(), v);
  run();
  auto numbers = invoker.waiting[0].numbers();
  answer(FakeInvoker::ok(failures_answer({numbers[3], numbers[2]})));
  EXPECT_EQ(status().delivered, 2u);
  restart();  // the checkpoint is below the failed one
  EXPECT_EQ(invoker.history.back(), "3,4");
  answer(FakeInvoker::ok(R"({"batchItemFailures":[]})"));
  EXPECT_EQ(status().last_processing_result, "OK");
}

TEST_F(Failure, CountsAttemptsAnewForTheShorterBatch) {
  auto c = config();
  c.report_batch_item_failures = true;
  c.maximum_retry_attempts = 3;
  c.on_failure_arn = queue_arn;
  invoker.answer = [&](const FakeInvoker::Call& call) {
    for (const auto& number : call.numbers()) {
      if (number == streams.shards_[0].records[2].sequence_number) return FakeInvoker::ok(failures_answer({number}));
    }
    return FakeInvoker::ok();
  };
  for (const char* v : {"1", "2", "3"}) streams.put("a", clock.now_ms(), v);
  put(c);
  pass(60'000);
  EXPECT_EQ(invoker.history, (Calls{"1,2,3", "3", "3", "3", "3"}));  // recorded: 1 + 4
  ASSERT_EQ(destination.sent.size(), 1u);
  EXPECT_TRUE(sent()["responseContext"]["functionError"].is_null());
  EXPECT_EQ(sent()["requestContext"]["approximateInvokeCount"], 4);
}

TEST_F(Failure, ReadsEveryFormOfAnswer) {
  std::vector<std::string> ids = {"10", "11", "12"};
  for (const char* good :
       {"", "null", "{}", "[]", "\"\"", R"({"batchItemFailures":[]})", R"({"batchItemFailures":null})"}) {
    auto result = read_partial_failures(good, ids);
    EXPECT_FALSE(result.all) << good;
    EXPECT_TRUE(result.failed.empty()) << good;
  }
  for (const char* bad :
       {R"({"batchItemFailures":[{"itemIdentifier":""}]})", R"({"batchItemFailures":[{"itemIdentifier":null}]})",
        R"({"batchItemFailures":[{"itemIdentifier":123}]})", R"({"batchItemFailures":[{"itemIdentifier":"123"}]})",
        R"({"batchItemFailures":[{"foo":123}]})", R"({"batchItemFailures":[{"foo":null}]})",
        R"({"batchItemFailures":[{"itemIdentifier":"11"},{"itemIdentifier":"9"}]})", R"({"batchItemFailures":"11"})",
        R"({"batchItemFailures":["11"]})", "not json"}) {
    EXPECT_TRUE(read_partial_failures(bad, ids).all) << bad;
  }
  auto some = read_partial_failures(
      R"({"batchItemFailures":[{"itemIdentifier":"12"},{"itemIdentifier":"11"},{"itemIdentifier":"12"}]})", ids);
  EXPECT_FALSE(some.all);
  EXPECT_EQ(some.failed, (std::vector<size_t>{1, 2}));
}

// Windows of 60 s; the manual clock starts at 1'700'000'000 s, 20 s into one.
class TumblingWindow : public Simulation {
 protected:
  TumblingWindow() {
    c = config();
    c.tumbling_window_s = 60;
    invoker.answer = [this](const FakeInvoker::Call& call) {
      if (fail) return FakeInvoker::error();
      int sum = call.event["state"].value("sum", 0) + static_cast<int>(call.event["Records"].size());
      Json state = {{"sum", sum}};
      if (big) state["big"] = std::string(1'100'000, 'x');
      return FakeInvoker::ok(Json{{"state", state}}.dump());
    };
  }
  const Json& last() { return invoker.events.back(); }
  ports::MappingConfig c;
  bool fail = false, big = false;
};

TEST_F(TumblingWindow, CarriesStateAndEndsWithAFinalCall) {
  put(c);
  write("a", "1");
  run();
  EXPECT_EQ(last()["window"].dump(), R"({"start":"2023-11-14T22:13:00Z","end":"2023-11-14T22:14:00Z"})");
  EXPECT_EQ(last()["state"].dump(), "{}");
  EXPECT_EQ(last()["shardId"], streams.shards_[0].info.shard_id);
  EXPECT_EQ(last()["eventSourceARN"], FakeStreams::arn);
  EXPECT_EQ(last()["isFinalInvokeForWindow"], false);
  EXPECT_EQ(last()["isWindowTerminatedEarly"], false);
  write("a", "2");
  run();
  EXPECT_EQ(last()["state"]["sum"], 1);
  EXPECT_TRUE(drained());  // the open window's records are through
  restart();               // and its state survives
  pass(39'900, 100);
  EXPECT_EQ(invoker.events.size(), 2u);
  pass(100);
  ASSERT_EQ(invoker.events.size(), 3u);
  EXPECT_EQ(last()["Records"].size(), 0u);
  EXPECT_EQ(last()["state"]["sum"], 2);
  EXPECT_EQ(last()["isFinalInvokeForWindow"], true);
  pass(120'000, 1000);
  EXPECT_EQ(invoker.events.size(), 3u);
}

TEST_F(TumblingWindow, SplitsBatchesAtTheWindowsEnd) {
  streams.put("a", clock.now_ms(), "1");
  streams.put("a", clock.now_ms() + 41'000, "2");
  put(c);
  ASSERT_EQ(invoker.events.size(), 3u);
  EXPECT_EQ(invoker.events[1]["isFinalInvokeForWindow"], true);
  EXPECT_EQ(invoker.events[2]["window"]["start"], "2023-11-14T22:14:00Z");
  EXPECT_EQ(invoker.events[2]["state"].dump(), "{}");
}

TEST_F(TumblingWindow, RetriesTheFinalCallBeforeGoingOn) {
  put(c);
  write("a", "1");
  run();
  fail = true;
  pass(41'000);
  write("a", "2");
  run();
  pass(1'000);
  size_t calls = invoker.events.size();
  EXPECT_GT(calls, 2u);
  for (size_t i = 1; i < calls; ++i) EXPECT_EQ(invoker.events[i]["isFinalInvokeForWindow"], true);
  fail = false;
  pass(30'000);
  EXPECT_EQ(last()["Records"].size(), 1u);
  EXPECT_EQ(last()["state"].dump(), "{}");
}

TEST_F(TumblingWindow, EndsAWindowEarlyWhoseStateGrowsTooLarge) {
  put(c);
  big = true;
  write("a", "1");
  run();
  big = false;
  ASSERT_EQ(invoker.events.size(), 2u);
  EXPECT_EQ(last()["isWindowTerminatedEarly"], true);
  write("a", "2");
  run();
  EXPECT_EQ(last()["state"].dump(), "{}");
  EXPECT_EQ(last()["window"]["start"], "2023-11-14T22:13:00Z");
}

TEST_F(TumblingWindow, CountsAnAnswerWithoutStateAsFailure) {
  invoker.answer = [](auto&) { return FakeInvoker::ok("null"); };
  put(c);
  write("a", "1");
  run();
  EXPECT_EQ(status().errors, 1u);
  EXPECT_EQ(status().delivered, 0u);
}

TEST_F(TumblingWindow, EndsWithItsShard) {
  put(c);
  write("a", "1");
  streams.roll();
  write("a", "2");
  run();
  ASSERT_GE(invoker.events.size(), 3u);
  EXPECT_EQ(invoker.events[1]["isFinalInvokeForWindow"], true);
  EXPECT_EQ(invoker.events[2]["shardId"], streams.shards_[1].info.shard_id);
}

}  // namespace
}  // namespace millrace::poller
