#include "emulator/base/trace.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace millrace::trace {
namespace {

class FixedClock : public Clock {
 public:
  Millis now_ms() const override { return 5; }
};

class Trace : public testing::Test {
 protected:
  Trace() { start(clock_); }
  ~Trace() override { stop(); }
  static void answered(std::string_view id, std::string_view operation, int status, std::string_view message = "") {
    note({.id = id,
          .service = "dynamodb",
          .operation = operation,
          .resource = "users",
          .message = message,
          .came_ms = 1234,
          .took_us = 56,
          .status = status});
  }
  FixedClock clock_;
};

TEST_F(Trace, ARequestComesBackAsItWasNoted) {
  answered("id-1", "PutItem", 200);
  const Everything all = everything();
  ASSERT_EQ(all.requests.size(), 1u);
  const Kept<Request>& kept = *all.requests.front();
  EXPECT_EQ(kept.id + " " + kept.service + " " + kept.operation + " " + kept.resource, "id-1 dynamodb PutItem users");
  EXPECT_EQ(kept.account + kept.region + kept.principal + kept.agent + kept.needed + kept.cause + kept.code, "");
  EXPECT_EQ(kept.at_ms, 1234);
  EXPECT_EQ(kept.took_us, 56);
  EXPECT_EQ(kept.status, 200);
}

TEST_F(Trace, ALongErrorIsKeptWholeAndOneBeyondAllBoundsIsCut) {
  const std::string long_one(10'000, 'x'), too_long(100'000, 'y');
  answered("id-1", "PutItem", 400, long_one);
  answered("id-2", "PutItem", 400, too_long);
  const Everything all = everything();
  ASSERT_EQ(all.requests.size(), 2u);
  EXPECT_EQ(all.requests[0]->message, long_one);
  EXPECT_EQ(all.requests[1]->id, "id-2");
  EXPECT_GT(all.requests[1]->message.size(), 60'000u);
  EXPECT_LT(all.requests[1]->message.size(), 65'536u);
}

TEST_F(Trace, TheNewestStayAndReadsDontPushOutWrites) {
  answered("write", "PutItem", 200);
  for (int n = 0; n < 5000; ++n)
    answered("read-" + std::to_string(n), "GetItem", 200, n % 2 ? "" : std::string(600, 'z'));
  Everything all = everything();
  ASSERT_EQ(all.requests.size(), 2001u);
  EXPECT_EQ(all.requests.front()->id, "write");
  EXPECT_EQ(all.requests[1]->id, "read-3000");
  EXPECT_EQ(all.requests[1]->message, std::string(600, 'z'));
  EXPECT_EQ(all.requests.back()->id, "read-4999");
  for (int n = 0; n < 10'000; ++n) answered("write-" + std::to_string(n), "PutItem", 200);
  all = everything();
  ASSERT_EQ(all.requests.size(), 12'000u);
  EXPECT_EQ(all.requests[2000]->id, "write-0");
  EXPECT_TRUE(std::is_sorted(all.requests.begin(), all.requests.end(),
                             [](const auto& a, const auto& b) { return a->number < b->number; }));
}

TEST_F(Trace, AWriteNamesItsCauseHoweverLongThatIs) {
  auto stream = std::make_shared<const std::string>("arn:aws:dynamodb:stream");
  note_write(stream, 1);  // of nobody: not kept
  for (uint64_t n = 2; n < 20'005; ++n) {
    const Scope scope(n % 2 ? std::string(200, 'k') : "short-" + std::to_string(n));
    note_write(stream, n);
  }
  const Everything all = everything();
  ASSERT_EQ(all.writes.size(), 20'000u);
  EXPECT_EQ(all.writes.front().sequence, 5u);
  EXPECT_EQ(all.writes.front().cause, std::string(200, 'k'));
  EXPECT_EQ(all.writes.back().sequence, 20'004u);
  EXPECT_EQ(all.writes.back().cause, "short-20004");
  EXPECT_EQ(*all.writes.back().stream_arn, *stream);
}

TEST_F(Trace, NothingIsKeptWhenItIsOff) {
  answered("id-1", "PutItem", 200);
  stop();
  answered("id-2", "PutItem", 200);
  EXPECT_TRUE(everything().requests.empty());
  start(clock_);
  answered("id-3", "PutItem", 200);
  EXPECT_EQ(everything().requests.size(), 1u);
}

}  // namespace
}  // namespace millrace::trace
