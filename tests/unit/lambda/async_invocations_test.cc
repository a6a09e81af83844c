// Events: retries by the emulator's clock, ends, restarts.

#include <future>

#include "lambda_fixture.h"

namespace millrace::lambda {
namespace {

const char* kQueue = "arn:aws:sqs:us-east-1:123456789012:q";

class AsyncTest : public LambdaTest {
 protected:
  FunctionRef f{"123456789012", "us-east-1", "f", ""};

  void configure(Json config) {
    config["FunctionName"] = "f";
    auto put = call(put_function_event_invoke_config(*lambda), config);
    ASSERT_TRUE(put.has_value()) << put.error().message;
  }
  /// Moves the clock until `n` invocations were seen or `limit_ms` went by; says how long it took.
  Millis advance_until(size_t n, Millis limit_ms) {
    Millis start = clock.now_ms();
    while (clock.now_ms() - start < limit_ms) {
      settle();
      if (seen() >= n) break;
      clock.advance(1000);
    }
    settle();
    return clock.now_ms() - start;
  }
  size_t seen() { return invoker.wait_for(0).size(); }
  /// Everything that the background thread has to do now is done after this.
  void settle() {
    for (int i = 0; i < 3; ++i) {
      std::promise<void> done;
      functions->background().post([&] { done.set_value(); });
      done.get_future().wait();
    }
  }
  static ports::InvocationResult failure(const ports::Invocation&) {
    return {ports::InvocationStatus::function_error, R"({"errorMessage":"no","errorType":"E"})"};
  }
};

TEST_F(AsyncTest, RunsOnceWhenItSucceeds) {
  create("f");
  ASSERT_TRUE(lambda->async->accept({f, R"({"a":1})", "id-1"}).has_value());
  auto seen = invoker.wait_for(1);
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].payload, R"({"a":1})");
  EXPECT_EQ(seen[0].request_id, "id-1");
  settle();
  EXPECT_EQ(lambda->async->events().under_way(), 0u);
}

TEST_F(AsyncTest, RetriesAfterOneAndTwoMinutes) {
  create("f");
  configure({{"DestinationConfig", {{"OnFailure", {{"Destination", kQueue}}}}}});
  invoker.answer = failure;
  ASSERT_TRUE(lambda->async->accept({f, "{}", "id-1"}).has_value());
  invoker.wait_for(1);
  Millis first = advance_until(2, 300'000);
  EXPECT_NEAR(static_cast<double>(first), 60'000, 1500);
  Millis second = advance_until(3, 300'000);
  EXPECT_NEAR(static_cast<double>(second), 120'000, 1500);
  auto sent = destinations.wait_for(1);
  ASSERT_EQ(sent.size(), 1u);
  Json record = *parse_json(sent[0].message.body);
  EXPECT_EQ(record["requestContext"]["condition"], "RetriesExhausted");
  EXPECT_EQ(record["requestContext"]["approximateInvokeCount"], 3);
  EXPECT_EQ(record["requestContext"]["requestId"], "id-1");
  EXPECT_EQ(sent[0].sender.role_arn, "arn:aws:iam::123456789012:role/r");
  settle();
  EXPECT_EQ(lambda->async->events().under_way(), 0u);
}

TEST_F(AsyncTest, DeadLetterCarriesThePayloadAndTheError) {
  create("f", "", {{"DeadLetterConfig", {{"TargetArn", kQueue}}}});
  configure({{"MaximumRetryAttempts", 0}});
  invoker.answer = failure;
  ASSERT_TRUE(lambda->async->accept({f, R"({"a":1})", "id-1"}).has_value());
  auto sent = destinations.wait_for(1);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].message.body, R"({"a":1})");
  EXPECT_EQ(sent[0].message.attributes.at("RequestID").second, "id-1");
  EXPECT_EQ(sent[0].message.attributes.at("ErrorCode"), (std::pair<std::string, std::string>{"Number", "200"}));
  EXPECT_EQ(sent[0].message.attributes.at("ErrorMessage").second, "no");
}

TEST_F(AsyncTest, ThrottlesCountNoAttemptAndEndByAge) {
  create("f");
  configure({{"MaximumEventAgeInSeconds", 60}, {"DestinationConfig", {{"OnFailure", {{"Destination", kQueue}}}}}});
  invoker.answer = [](const ports::Invocation&) { return ports::InvocationResult{ports::InvocationStatus::throttled}; };
  ASSERT_TRUE(lambda->async->accept({f, "{}", "id-1"}).has_value());
  invoker.wait_for(1);
  for (int i = 0; i < 300 && destinations.wait_for(0).empty(); ++i) {
    clock.advance(1000);
    settle();
  }
  auto sent = destinations.wait_for(1);
  ASSERT_EQ(sent.size(), 1u);
  Json record = *parse_json(sent[0].message.body);
  EXPECT_EQ(record["requestContext"]["condition"], "EventAgeExceeded");
  EXPECT_EQ(record["requestContext"]["approximateInvokeCount"], 0);
  EXPECT_FALSE(record.contains("responseContext"));
}

TEST_F(AsyncTest, FreedCapacityLetsEventsInTheOldestFirst) {
  create("f");
  bool full = true;
  invoker.answer = [&](const ports::Invocation&) {
    return ports::InvocationResult{full ? ports::InvocationStatus::throttled : ports::InvocationStatus::ok};
  };
  ASSERT_TRUE(lambda->async->accept({f, "{}", "id-1"}).has_value());
  invoker.wait_for(1);
  clock.advance(10);
  ASSERT_TRUE(lambda->async->accept({f, "{}", "id-2"}).has_value());
  settle();
  size_t tried = invoker.wait_for(0).size();
  clock.advance(300'000);  // no pause of their own brings them back
  settle();
  EXPECT_EQ(invoker.wait_for(0).size(), tried);
  full = false;
  invoker.free();
  settle();
  invoker.free();
  auto seen = invoker.wait_for(tried + 2);
  ASSERT_EQ(seen.size(), tried + 2);
  EXPECT_EQ(seen[tried].request_id, "id-1");
  EXPECT_EQ(seen[tried + 1].request_id, "id-2");
  settle();
  EXPECT_EQ(lambda->async->events().under_way(), 0u);
}

TEST_F(AsyncTest, WaitingEventsSurviveARestart) {
  create("f");
  invoker.answer = failure;
  ASSERT_TRUE(lambda->async->accept({f, R"({"a":1})", "id-1"}).has_value());
  invoker.wait_for(1);
  settle();
  close();
  open();
  invoker.answer = [](const ports::Invocation&) { return ports::InvocationResult{}; };
  lambda->async->start();
  EXPECT_EQ(lambda->async->events().under_way(), 1u);
  clock.advance(61'000);
  auto seen = invoker.wait_for(2);
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[1].request_id, "id-1");
  settle();
  EXPECT_EQ(lambda->async->events().under_way(), 0u);
}

}  // namespace
}  // namespace millrace::lambda
