#include "emulator/services/logs/subscription_loops.h"

#include <gtest/gtest.h>

namespace millrace::logs {
namespace {

using Verdict = SubscriptionLoops::Verdict;
constexpr Millis kStart = 60'000'000;

/// How many of `count` deliveries of what `writer` wrote `function` gets.
int handed(SubscriptionLoops& loops, const std::string& function, const std::string& writer, int count, Millis at) {
  int out = 0;
  for (int i = 0; i < count; ++i) out += loops.judge(function, writer, at + i) == Verdict::deliver;
  return out;
}

TEST(SubscriptionLoops, AFunctionsOwnEventsAreBraked) {
  SubscriptionLoops loops;
  EXPECT_EQ(handed(loops, "f", "f", 100, kStart), SubscriptionLoops::kRoundsPerMinuteMax);
  EXPECT_EQ(loops.judge("f", "f", kStart + 200), Verdict::stopped_before);
  EXPECT_EQ(handed(loops, "f", "f", 100, kStart + 60'000), SubscriptionLoops::kRoundsPerMinuteMax);
}

TEST(SubscriptionLoops, WhatOthersWriteIsNot) {
  SubscriptionLoops loops;
  EXPECT_EQ(handed(loops, "f", "", 1000, kStart), 1000);
  EXPECT_EQ(handed(loops, "f", "g", 1000, kStart), 1000);
  // A monitor that is handed the logs of many, and whose own log nobody is subscribed to.
  for (const char* writer : {"a", "b", "c"}) EXPECT_EQ(handed(loops, "monitor", writer, 500, kStart), 500);
}

TEST(SubscriptionLoops, CirclesOverSeveralFunctionsAreBraked) {
  SubscriptionLoops loops;
  EXPECT_EQ(loops.judge("a", "", kStart), Verdict::deliver);
  int rounds = 0;
  for (; rounds < 1000; ++rounds) {
    const bool goes_on = loops.judge("b", "a", kStart + rounds) == Verdict::deliver &&
                         loops.judge("c", "b", kStart + rounds) == Verdict::deliver &&
                         loops.judge("a", "c", kStart + rounds) == Verdict::deliver;
    if (!goes_on) break;
  }
  EXPECT_LE(rounds, SubscriptionLoops::kRoundsPerMinuteMax + 1);
  EXPECT_GT(rounds, 2);
}

TEST(SubscriptionLoops, WhatWasHandedLongAgoCausesNothing) {
  SubscriptionLoops loops;
  EXPECT_EQ(loops.judge("b", "a", kStart), Verdict::deliver);
  EXPECT_EQ(handed(loops, "a", "b", 100, kStart + 120'000), 100);
}

}  // namespace
}  // namespace millrace::logs
