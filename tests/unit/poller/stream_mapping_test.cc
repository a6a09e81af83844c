#include "runtime/poller/event_json.h"
#include "simulation.h"

namespace millrace::poller {
namespace {

using StreamMapping = Simulation;

TEST_F(StreamMapping, DeliversWhatIsWrittenAndMovesItsCheckpoint) {
  put(config());
  EXPECT_EQ(status().state, ports::MappingState::enabled);
  EXPECT_EQ(status().last_processing_result, "No records processed");
  write("a", "a1");
  run();
  ASSERT_EQ(invoker.waiting.size(), 1u);
  EXPECT_TRUE(status().busy);
  write("a", "a2");
  write("b", "b1");
  run();
  EXPECT_EQ(invoker.waiting.size(), 1u);  // one batch at a time
  answer(FakeInvoker::ok());
  EXPECT_EQ(invoker.history, (Calls{"a1", "a2,b1"}));
  EXPECT_EQ(status().last_processing_result, "OK");
  answer(FakeInvoker::ok());
  EXPECT_EQ(status().delivered, 3u);
  EXPECT_FALSE(status().busy);
  restart();
  EXPECT_TRUE(invoker.waiting.empty());
  EXPECT_EQ(status().last_processing_result, "OK");
}

TEST_F(StreamMapping, DeliversAgainAfterADeathBeforeTheCheckpoint) {
  put(config());
  write("a", "a1");
  write("a", "a2");
  run();
  restart();
  restart();
  EXPECT_EQ(invoker.history, (Calls{"a1,a2", "a1,a2", "a1,a2"}));
}

TEST_F(StreamMapping, RendersTheEventAsAws) {
  invoker.answer = [](auto&) { return FakeInvoker::ok(); };
  put(config());
  auto& record = streams.put("a", 1'700'000'000'999, "a1");
  record.by_ttl = true;
  run();
  ASSERT_EQ(invoker.events.size(), 1u);
  Json expected = Json::parse(R"({"Records":[{"eventID":"x","eventName":"INSERT","eventVersion":"1.1",
    "eventSource":"aws:dynamodb","awsRegion":"us-east-1","dynamodb":{"ApproximateCreationDateTime":1700000000.0,
    "Keys":{"pk":{"S":"a"}},"NewImage":{"pk":{"S":"a"},"v":{"S":"a1"}},"SequenceNumber":"x","SizeBytes":10,
    "StreamViewType":"NEW_AND_OLD_IMAGES"},"userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"},
    "eventSourceARN":"x"}]})");
  Json& want = expected["Records"][0];
  want["eventID"] = record.event_id;
  want["dynamodb"]["SequenceNumber"] = record.sequence_number;
  want["eventSourceARN"] = FakeStreams::arn;
  EXPECT_EQ(invoker.events[0].dump(), expected.dump());
  PendingRecord rendered;
  render_record(rendered, record, {FakeStreams::arn, "us-east-1"});
  EXPECT_EQ(record_name(rendered), record_name(record));
  EXPECT_NE(rendered.json.find("\"ApproximateCreationDateTime\":1700000000.0,"), std::string::npos);
}

TEST_F(StreamMapping, BeginsAtLatestDurably) {
  write("a", "before");
  auto c = config();
  c.starting_position = ports::StartingPosition::latest;
  ASSERT_TRUE(engine->put(c).has_value());  // the position is fixed before the executor had its turn
  configs["m1"] = c;
  write("a", "after");
  restart();
  EXPECT_EQ(invoker.history, (Calls{"after"}));
}

TEST_F(StreamMapping, FixesLatestWhenItIsFirstEnabled) {
  auto c = config();
  c.starting_position = ports::StartingPosition::latest;
  c.enabled = false;
  put(c);
  EXPECT_EQ(status().state, ports::MappingState::disabled);
  write("a", "disabled");
  run();
  c.enabled = true;
  put(c);
  write("a", "enabled");
  streams.roll();
  write("a", "child");
  run();
  answer(FakeInvoker::ok());
  answer(FakeInvoker::ok());
  EXPECT_EQ(invoker.history, (Calls{"enabled", "child"}));
}

TEST_F(StreamMapping, ReadsAClosedShardsChildrenAfterIt) {
  write("a", "p1");
  streams.roll(2);
  write("a", "c1");
  put(config());
  EXPECT_EQ(invoker.history, (Calls{"p1"}));
  answer(FakeInvoker::error());
  EXPECT_EQ(invoker.history.size(), 1u);
  pass(250);
  answer(FakeInvoker::ok());
  EXPECT_EQ(invoker.history, (Calls{"p1", "p1", "c1"}));
  answer(FakeInvoker::ok());
  restart();
  EXPECT_EQ(invoker.history.size(), 3u);
}

TEST_F(StreamMapping, FiltersBeforeBatching) {
  auto c = config();
  c.batch_size = 2;
  c.filter_patterns = {R"({"dynamodb":{"NewImage":{"v":{"S":[{"prefix":"y"}]}}}})"};
  put(c);
  for (const char* v : {"y1", "n1", "n2", "y2", "n3"}) write("a", v);
  run();
  EXPECT_EQ(invoker.history, (Calls{"y1,y2"}));
  answer(FakeInvoker::ok());
  EXPECT_EQ(status().filtered, 3u);
  EXPECT_TRUE(drained());
  restart();
  EXPECT_EQ(invoker.history.size(), 1u);
}

TEST_F(StreamMapping, SavesItsWayThroughFilteredRecords) {
  auto c = config();
  c.filter_patterns = {R"({"eventName":["REMOVE"]})"};
  put(c);
  for (int i = 0; i < 2500; ++i) write("a", "x");
  run();
  EXPECT_TRUE(invoker.history.empty());
  int reads = streams.reads;
  restart();
  EXPECT_LE(streams.reads - reads, 3);  // not from the beginning
}

// A record that the filter dropped has been passed for good, whatever the filter says later.
TEST_F(StreamMapping, NeverDeliversWhatAFormerFilterDropped) {
  auto c = config();
  c.filter_patterns = {R"({"dynamodb":{"NewImage":{"v":{"S":["never"]}}}})"};
  put(c);
  for (const char* v : {"a", "b"}) write("k", v);
  run();
  write("k", "c");  // not read yet
  c.filter_patterns.clear();
  put(c);
  write("k", "d");
  run();
  EXPECT_EQ(invoker.history, (Calls{"d"}));
  answer(FakeInvoker::ok());
}

TEST_F(StreamMapping, DropsAgainWhatAFormerFilterDroppedBehindAFailingRecord) {
  auto c = config();
  c.filter_patterns = {R"({"dynamodb":{"NewImage":{"v":{"S":[{"prefix":"y"}]}}}})"};
  put(c);
  for (const char* v : {"y1", "n1", "n2"}) write("k", v);
  run();
  answer(FakeInvoker::error());
  c.filter_patterns.clear();
  put(c);
  write("k", "n3");
  run();
  answer(FakeInvoker::ok());
  answer(FakeInvoker::ok());
  EXPECT_EQ(invoker.history, (Calls{"y1", "y1", "n3"}));
}

TEST_F(StreamMapping, StoresItsWayPastDroppedRecordsWhenItIsDrainedOrStopped) {
  auto c = config();
  c.filter_patterns = {R"({"dynamodb":{"NewImage":{"v":{"S":["never"]}}}})"};
  put(c);
  write("k", "a");
  EXPECT_TRUE(drained());
  std::string at_drain = checkpoints.text("m1");
  write("k", "b");
  run();
  EXPECT_EQ(checkpoints.text("m1"), at_drain);  // lazily
  restart();
  EXPECT_NE(checkpoints.text("m1"), at_drain);
  EXPECT_NE(at_drain.find("after"), std::string::npos);
}

TEST_F(StreamMapping, ClosesABatchAtTheFirstOfSizeWindowAndBytes) {
  auto c = config();
  c.batch_size = 3;
  c.batching_window_s = 10;
  put(c);
  write("a", "1");
  run();
  pass(9'900);
  EXPECT_TRUE(invoker.history.empty());
  EXPECT_FALSE(drained());
  pass(100);
  EXPECT_EQ(invoker.history, (Calls{"1"}));
  answer(FakeInvoker::ok());
  for (const char* v : {"2", "3", "4"}) write("a", v);
  run();
  EXPECT_EQ(invoker.history.back(), "2,3,4");
  answer(FakeInvoker::ok());
  c.batch_size = 100;
  c.batching_window_s = 300;
  put(c);
  for (int i = 0; i < 8; ++i) write("a", std::string(1'000'000, 'x'));
  run();
  EXPECT_EQ(invoker.events.back()["Records"].size(), 6u);
}

TEST_F(StreamMapping, KeepsOrderPerItemAcrossLanes) {
  auto c = config();
  c.parallelization_factor = 4;
  c.batch_size = 1;
  put(c);
  for (const char* key : {"a", "b", "c", "d", "e", "f"}) {
    for (int i = 1; i <= 3; ++i) write(key, key + std::to_string(i));
  }
  run();
  EXPECT_GT(invoker.waiting.size(), 1u);
  EXPECT_LE(invoker.waiting.size(), 4u);
  std::map<std::string, int> last;
  while (!invoker.waiting.empty()) {
    std::string item = invoker.waiting.back().items();
    EXPECT_EQ(item.substr(1), std::to_string(++last[item.substr(0, 1)]));
    answer(FakeInvoker::ok(), invoker.waiting.size() - 1);
  }
  EXPECT_EQ(status().delivered, 18u);
}

TEST_F(StreamMapping, ChecksPointsAtTheLowestUnfinished) {
  auto c = config();
  c.parallelization_factor = 10;
  c.batch_size = 1;
  put(c);
  for (int i = 0; i < 10; ++i) write("k" + std::to_string(i), "k" + std::to_string(i));
  run();
  size_t stuck = 0;
  for (size_t i = 0; i < invoker.waiting.size(); ++i) {
    if (invoker.waiting[i].items() == "k0") stuck = i;
  }
  std::swap(invoker.waiting[0], invoker.waiting[stuck]);
  while (invoker.waiting.size() > 1) answer(FakeInvoker::ok(), 1);
  size_t before = invoker.history.size();
  restart();
  EXPECT_GT(invoker.history.size(), before);
  while (!invoker.waiting.empty()) answer(FakeInvoker::ok());
  EXPECT_EQ(std::count(invoker.history.begin() + static_cast<ptrdiff_t>(before), invoker.history.end(), "k0"), 1);
}

TEST_F(StreamMapping, GoesOnFromItsPositionWhenEnabledAgain) {
  put(config());
  write("a", "1");
  run();
  auto c = config();
  c.enabled = false;
  put(c);
  EXPECT_EQ(status().state, ports::MappingState::disabled);
  write("a", "2");
  run();
  answer(FakeInvoker::ok());  // the call in flight counts
  EXPECT_EQ(invoker.history, (Calls{"1"}));
  EXPECT_TRUE(drained());
  c.enabled = true;
  put(c);
  EXPECT_EQ(invoker.history, (Calls{"1", "2"}));
}

TEST_F(StreamMapping, TakesUpAnUpdateAfterTheBatchInFlight) {
  put(config());
  for (const char* v : {"1", "2", "3"}) write("a", v);
  run();
  auto c = config();
  c.batch_size = 1;
  write("a", "4");
  write("a", "5");
  put(c);
  answer(FakeInvoker::ok());
  answer(FakeInvoker::ok());
  EXPECT_EQ(invoker.history, (Calls{"1,2,3", "4", "5"}));
}

TEST_F(StreamMapping, GoesOnWhenItIsPutUnchanged) {
  auto c = config();
  c.maximum_retry_attempts = 2;
  put(c);
  write("a", "1");
  run();
  for (int i = 0; i < 3; ++i) {
    answer(FakeInvoker::error());
    put(c);
    pass(2000);
  }
  EXPECT_EQ(status().discarded, 1u);  // its attempts were not forgotten
  EXPECT_EQ(invoker.history.size(), 3u);
}

TEST_F(StreamMapping, ForgetsARemovedMapping) {
  put(config());
  write("a", "1");
  run();
  engine->remove("m1");
  EXPECT_FALSE(engine->status("m1"));
  run();
  answer(FakeInvoker::ok());
  EXPECT_TRUE(checkpoints.values.empty());
  write("a", "2");
  run();
  EXPECT_EQ(invoker.history.size(), 1u);
}

TEST_F(StreamMapping, RunsTwoMappingsIndependently) {
  put(config("m1"));
  put(config("m2"));
  write("a", "1");
  run();
  ASSERT_EQ(invoker.waiting.size(), 2u);
  answer(FakeInvoker::ok(), 1);
  write("a", "2");
  run();
  EXPECT_EQ(invoker.history, (Calls{"1", "1", "2"}));  // the other one still waits for its first call
}

TEST_F(StreamMapping, LeavesRecordsUnreadWhileItsRoleMayNotReadThem) {
  invoker.answer = [](auto&) { return FakeInvoker::ok(); };
  auto c = config();
  c.role_arn = "arn:aws:iam::000000000000:role/r";
  put(c);
  authority.denied = "dynamodb:GetRecords";
  EXPECT_TRUE(drained());  // nothing is there to be read
  write("a", "1");
  run();
  EXPECT_TRUE(invoker.history.empty());
  EXPECT_EQ(status().last_processing_result.rfind("PROBLEM: Cannot access stream " + std::string(FakeStreams::arn), 0),
            0u);
  EXPECT_FALSE(drained());
  int reads = streams.reads;
  pass(60'000, 100);
  EXPECT_LT(streams.reads - reads, 30);  // tried again, but not all the time
  authority.denied.clear();
  pass(3'200, 100);
  EXPECT_EQ(invoker.history, (Calls{"1"}));
  EXPECT_EQ(status().last_processing_result, "OK");
  EXPECT_TRUE(drained());
}

TEST_F(StreamMapping, CostsNothingWithoutWork) {
  put(config());
  int reads = streams.reads;
  pass(3'600'000, 60'000);
  EXPECT_EQ(streams.reads, reads);
}

TEST_F(StreamMapping, TellsWhenItIsDrained) {
  EXPECT_TRUE(drained());
  put(config());
  EXPECT_TRUE(drained());
  write("a", "1");
  bool fired = false;
  engine->when_drained([&] { fired = true; });
  run();
  EXPECT_FALSE(fired);
  answer(FakeInvoker::error());
  EXPECT_FALSE(fired);  // the retry waits
  pass(250);
  EXPECT_FALSE(fired);
  write("a", "2");
  answer(FakeInvoker::ok());
  EXPECT_FALSE(fired);
  answer(FakeInvoker::ok());
  EXPECT_TRUE(fired);
}

TEST_F(StreamMapping, RefusesAnInvalidFilter) {
  auto c = config();
  c.filter_patterns = {R"({"eventSource":"aws:sqs"})"};
  auto result = engine->put(c);
  ASSERT_TRUE(result.has_error());
  EXPECT_EQ(result.error().message, "Invalid filter pattern definition.");
  EXPECT_EQ(engine->filter_problem(c.filter_patterns[0]), R"("eventSource" must be an object or an array)");
  EXPECT_FALSE(engine->filter_problem(R"({"a":["x"]})"));
}

}  // namespace
}  // namespace millrace::poller
