#include "emulator/services/s3/objects/ranges.h"

#include <gtest/gtest.h>

namespace millrace::s3 {
namespace {

struct Case {
  const char* header;
  int first, last;  // -1: the whole object; -2: InvalidRange
};

TEST(Range, AgainstTenBytes) {
  for (const Case& one :
       {Case{"bytes=0-8", 0, 8}, Case{"bytes=5-", 5, 9}, Case{"bytes=-3", 7, 9}, Case{"bytes=9-99", 9, 9},
        Case{"bytes=-99", 0, 9}, Case{"bytes=1-0", -1, 0}, Case{"bytes=0-1,3-4", -1, 0}, Case{"bytes=", -1, 0},
        Case{"bytes=a-b", -1, 0}, Case{"items=0-1", -1, 0}, Case{"", -1, 0}, Case{"bytes=10-", -2, 0},
        Case{"bytes=-0", -2, 0}, Case{"bytes=10-12", -2, 0}}) {
    auto range = parse_range(one.header, 10);
    if (one.first == -2) {
      EXPECT_TRUE(range.has_error()) << one.header;
      continue;
    }
    ASSERT_FALSE(range.has_error()) << one.header;
    ASSERT_EQ(range->has_value(), one.first >= 0) << one.header;
    if (one.first < 0) continue;
    EXPECT_EQ((*range)->first, static_cast<uint64_t>(one.first)) << one.header;
    EXPECT_EQ((*range)->last, static_cast<uint64_t>(one.last)) << one.header;
  }
}

TEST(Range, OfACopyNeedsBothEnds) {
  EXPECT_EQ(parse_copy_range("bytes=2-9", 10)->last, 9u);
  for (const char* bad : {"bytes=2-", "bytes=-2", "2-3", "bytes=3-2", "bytes=0-10"})
    EXPECT_TRUE(parse_copy_range(bad, 10).has_error()) << bad;
  EXPECT_EQ(parse_copy_range("bytes=0-10", 10).error().message,
            "Range specified is not valid for source object of size: 10");
}

TEST(Conditions, EtagsMatchQuotedOrNot) {
  EXPECT_TRUE(etag_matches("\"abc\"", "abc"));
  EXPECT_TRUE(etag_matches("abc", "abc"));
  EXPECT_TRUE(etag_matches("\"x\", \"abc\"", "abc"));
  EXPECT_TRUE(etag_matches("*", "abc"));
  EXPECT_FALSE(etag_matches("\"ab\"", "abc"));
}

TEST(Conditions, Precedence) {
  std::string failed;
  Millis modified = 1'700'000'000'500, now = modified + 1'000'000;
  std::string at = http_date(modified), before = http_date(modified - 60'000), future = http_date(now + 60'000);
  // If-Match true beats If-Unmodified-Since false.
  EXPECT_EQ(judge({"e", "", "", before}, "e", modified, now, failed), Verdict::send);
  EXPECT_EQ(judge({"", "", "", before}, "e", modified, now, failed), Verdict::failed);
  EXPECT_EQ(failed, "If-Unmodified-Since");
  // If-None-Match false beats If-Modified-Since true.
  EXPECT_EQ(judge({"", "e", before, ""}, "e", modified, now, failed), Verdict::not_modified);
  EXPECT_EQ(judge({"", "x", at, ""}, "e", modified, now, failed), Verdict::send);
  EXPECT_EQ(judge({"", "", at, ""}, "e", modified, now, failed), Verdict::not_modified);
  EXPECT_EQ(judge({"", "", future, ""}, "e", modified, now, failed), Verdict::send);
}

}  // namespace
}  // namespace millrace::s3
