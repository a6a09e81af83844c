#include "runtime/pool/log_levels.h"

#include <gtest/gtest.h>

namespace millrace::pool {
namespace {

TEST(LogLevels, JsonObjectsBelowTheLevelAreLeftOut) {
  EXPECT_FALSE(is_wanted(R"({"level":"debug","msg":"x"})"
                         "\n",
                         "INFO"));
  EXPECT_TRUE(is_wanted(R"({"level":"debug"})", "DEBUG"));
  EXPECT_TRUE(is_wanted(R"({"level":"WARNING"})", "WARN"));
  EXPECT_FALSE(is_wanted(R"({"level":"ERROR"})", "FATAL"));
  EXPECT_TRUE(is_wanted(R"({"level":"CRITICAL"})", "FATAL"));
}

TEST(LogLevels, WithoutALevelItIsInfo) {
  for (const char* event : {R"({"msg":"x"})", R"({"level":"loud"})", R"({"level":3})", "{}"}) {
    EXPECT_TRUE(is_wanted(event, "INFO")) << event;
    EXPECT_FALSE(is_wanted(event, "WARN")) << event;
  }
}

TEST(LogLevels, WhatIsNoJsonObjectStays) {
  for (const char* event : {"plain\n", "", "{not json", "[1]", "\"debug\""})
    EXPECT_TRUE(is_wanted(event, "FATAL")) << event;
  EXPECT_TRUE(is_wanted(R"({"level":"TRACE"})", ""));
  EXPECT_TRUE(is_wanted(R"({"log_level":"ERROR"})", "ERROR"));  // a handler's error, as Python's runtime writes it
}

}  // namespace
}  // namespace millrace::pool
