#include "emulator/base/repeats.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

using std::chrono::seconds;

TEST(Repeats, AreCountedAndShownOnceAMinute) {
  Repeats repeats;
  Repeats::Time now{};
  EXPECT_EQ(repeats.seen("a", now), "a");
  EXPECT_EQ(repeats.seen("a", now + seconds(1)), "");
  EXPECT_EQ(repeats.seen("b", now + seconds(1)), "b");
  EXPECT_EQ(repeats.seen("a", now + seconds(59)), "");
  EXPECT_EQ(repeats.seen("a", now + seconds(60)), "a (2 more in the last minute)");
  EXPECT_EQ(repeats.seen("a", now + seconds(61)), "");
}

TEST(Repeats, WhatWasHeldBackIsToldWhenItsMinuteIsOver) {
  Repeats repeats;
  Repeats::Time now{};
  repeats.seen("a", now);
  repeats.seen("a", now);
  repeats.seen("once", now);
  EXPECT_TRUE(repeats.overdue(now + seconds(59)).empty());
  EXPECT_EQ(repeats.overdue(now + seconds(60)), std::vector<std::string>{"a (1 more in the last minute)"});
  EXPECT_TRUE(repeats.overdue(now + seconds(60)).empty());
  EXPECT_EQ(repeats.seen("a", now + seconds(60)), "a");
}

TEST(Repeats, RememberABoundedNumberOfTexts) {
  Repeats repeats;
  Repeats::Time now{};
  for (size_t i = 0; i <= Repeats::kTextsMax; ++i) repeats.seen("text " + std::to_string(i), now + seconds(i));
  // The one that was shown longest ago has been forgotten, the next hasn't.
  now += seconds(Repeats::kTextsMax);
  EXPECT_EQ(repeats.seen("text " + std::to_string(Repeats::kTextsMax), now), "");
  EXPECT_EQ(repeats.seen("text 0", now), "text 0");
}

}  // namespace
}  // namespace millrace
