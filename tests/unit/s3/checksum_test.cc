#include "emulator/services/s3/body/checksum.h"

#include <gtest/gtest.h>

#include "emulator/base/encoding.h"

namespace millrace::s3 {
namespace {

std::string hex_of(Algorithm algorithm, std::string_view text) {
  auto digest = make_digest(algorithm);
  digest->update(text);
  return to_hex(digest->finish());
}

// The check values of the CRC catalogue, for "123456789".
TEST(Checksum, CatalogueValues) {
  EXPECT_EQ(hex_of(Algorithm::crc32, "123456789"), "cbf43926");
  EXPECT_EQ(hex_of(Algorithm::crc32c, "123456789"), "e3069283");
  EXPECT_EQ(hex_of(Algorithm::crc64nvme, "123456789"), "ae8b14860a799888");
  EXPECT_EQ(hex_of(Algorithm::crc32, ""), "00000000");
  EXPECT_EQ(hex_of(Algorithm::sha1, "abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
}

TEST(Checksum, PiecesGiveTheSameAsTheWhole) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += std::to_string(i * 7919);
  for (Algorithm algorithm : kAlgorithms) {
    auto digest = make_digest(algorithm);
    for (size_t at = 0, n = 1; at < text.size(); at += n, n = n % 17 + 1)
      digest->update(std::string_view(text).substr(at, n));
    EXPECT_EQ(to_hex(digest->finish()), hex_of(algorithm, text)) << algorithm_name(algorithm);
  }
}

TEST(Checksum, CombinedCrcIsTheWholes) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text.push_back(static_cast<char>(i * 31 + i / 255));
  for (Algorithm algorithm : {Algorithm::crc32, Algorithm::crc32c, Algorithm::crc64nvme}) {
    for (size_t cut : {size_t{0}, size_t{1}, size_t{777}, size_t{4999}, size_t{5000}}) {
      auto first = make_digest(algorithm), second = make_digest(algorithm);
      first->update(std::string_view(text).substr(0, cut));
      second->update(std::string_view(text).substr(cut));
      std::string combined = combine_crc(algorithm, first->finish(), second->finish(), text.size() - cut);
      EXPECT_EQ(to_hex(combined), hex_of(algorithm, text)) << algorithm_name(algorithm) << " at " << cut;
    }
  }
}

TEST(Checksum, Names) {
  EXPECT_EQ(parse_algorithm("crc64NVME"), Algorithm::crc64nvme);
  EXPECT_EQ(parse_algorithm("MD5"), Algorithm::none);
  EXPECT_EQ(checksum_header(Algorithm::sha256), "x-amz-checksum-sha256");
  EXPECT_EQ(checksum_element(Algorithm::crc32c), "ChecksumCRC32C");
}

}  // namespace
}  // namespace millrace::s3
