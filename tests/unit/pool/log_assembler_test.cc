#include "runtime/pool/log_assembler.h"

#include <gmock/gmock.h>

namespace millrace::pool {
namespace {

using ::testing::ElementsAre;

std::string frame(const std::string& text) {
  std::string out("\xa5\x5a\x00\x03", 4);
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(text.size() >> shift);
  return out + std::string(8, '\0') + text;
}

TEST(LogAssembler, LinesAreEvents) {
  LogAssembler assembler;
  EXPECT_THAT(assembler.feed("one\ntwo\nthr"), ElementsAre("one\n", "two\n"));
  EXPECT_THAT(assembler.feed("ee\n\n"), ElementsAre("three\n", "\n"));
  EXPECT_THAT(assembler.feed("rest"), ElementsAre());
  EXPECT_THAT(assembler.finish(), ElementsAre("rest"));
  EXPECT_THAT(assembler.finish(), ElementsAre());
}

TEST(LogAssembler, AFrameIsOneEventHoweverItArrives) {
  std::string bytes = "before\nunfinished" + frame("a\nb\n") + frame("c") + "after\n";
  for (size_t step = 1; step <= bytes.size(); ++step) {
    LogAssembler assembler;
    std::vector<std::string> events;
    for (size_t at = 0; at < bytes.size(); at += step)
      for (std::string& event : assembler.feed(bytes.substr(at, step))) events.push_back(event);
    EXPECT_THAT(events, ElementsAre("before\n", "unfinished", "a\nb\n", "c", "after\n")) << step;
  }
}

TEST(LogAssembler, LongLinesAreCutBetweenCharacters) {
  LogAssembler assembler;
  std::string line;
  while (line.size() < 600'000) line += "\u00e9x\u20ac";
  auto events = assembler.feed(line + "\n");
  ASSERT_EQ(events.size(), 3u);
  EXPECT_LE(events[0].size(), kLogEventBytesMax);
  EXPECT_EQ(events[0] + events[1] + events[2], line + "\n");
}

TEST(LogAssembler, BytesThatAreNotUtf8AreReplaced) {
  LogAssembler assembler;
  EXPECT_THAT(assembler.feed("a\xff\xc3\xa9\xc3\n"), ElementsAre("a\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\n"));
}

TEST(LogAssembler, WhatWaitsIsBounded) {
  LogAssembler assembler;
  std::string endless(kLogEventBytesMax + 1, 'x');
  EXPECT_EQ(assembler.feed(endless).size(), 2u);
  EXPECT_THAT(assembler.finish(), ElementsAre());
  std::string huge_frame = frame("").replace(4, 4, "\xff\xff\xff\xff") + std::string(4 * kLogEventBytesMax, 'y');
  EXPECT_GT(assembler.feed(huge_frame).size(), 1u);
}

}  // namespace
}  // namespace millrace::pool
