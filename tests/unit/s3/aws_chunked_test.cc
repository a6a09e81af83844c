#include "emulator/services/s3/body/aws_chunked.h"

#include <gtest/gtest.h>

namespace millrace::s3 {
namespace {

constexpr std::string_view kBody =
    "5;chunk-signature=00\r\nhello\r\n7\r\n, "
    "world\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\nx-amz-trailer-signature:11\r\n\r\n";

TEST(AwsChunked, DecodesWhereverItIsCut) {
  for (size_t step = 1; step <= kBody.size(); ++step) {
    AwsChunkedDecoder decoder;
    std::string out;
    for (size_t at = 0; at < kBody.size(); at += step) ASSERT_TRUE(decoder.feed(kBody.substr(at, step), out)) << step;
    EXPECT_TRUE(decoder.finished()) << step;
    EXPECT_EQ(out, "hello, world");
    ASSERT_EQ(decoder.trailers().size(), 2u);
    EXPECT_EQ(decoder.trailers()[0].first, "x-amz-checksum-crc32");
    EXPECT_EQ(decoder.trailers()[0].second, "AAAAAA==");
  }
}

TEST(AwsChunked, EmptyBody) {
  AwsChunkedDecoder decoder;
  std::string out;
  EXPECT_TRUE(decoder.feed("0\r\n\r\n", out));
  EXPECT_TRUE(decoder.finished());
  EXPECT_EQ(out, "");
}

TEST(AwsChunked, BrokenOnes) {
  for (std::string_view bad : {"x\r\n", "\r\n", "5\r\nhelloXX\r\n", "-1\r\n", "0\r\nno colon\r\n", "0\r\n\r\nmore",
                               "ffffffffffffffffff\r\n"}) {
    AwsChunkedDecoder decoder;
    std::string out;
    EXPECT_FALSE(decoder.feed(bad, out) && decoder.finished()) << bad;
  }
  AwsChunkedDecoder decoder;
  std::string out;
  EXPECT_FALSE(decoder.feed(std::string(10'000, '1'), out));  // a line without end
}

TEST(AwsChunked, NotFinishedBeforeItsEnd) {
  AwsChunkedDecoder decoder;
  std::string out;
  EXPECT_TRUE(decoder.feed("5\r\nhello\r\n0\r\n", out));
  EXPECT_FALSE(decoder.finished());
}

}  // namespace
}  // namespace millrace::s3
