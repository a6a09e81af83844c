#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>

namespace rocksdb::crc32c {
uint32_t Extend(uint32_t crc, const char* data, size_t size);
}
extern "C" uint32_t __real__ZN7rocksdb6crc32c6ExtendEjPKcm(uint32_t crc, const char* data, size_t size);  // NOLINT

namespace millrace::storage {
namespace {

// RFC 3720, B.4, and what everybody else writes as the check of CRC-32C.
TEST(Crc32c, KnownSums) {
  auto sum = [](const std::string& text) { return rocksdb::crc32c::Extend(0, text.data(), text.size()); };
  EXPECT_EQ(sum("123456789"), 0xe3069283u);
  EXPECT_EQ(sum(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(sum(std::string(32, '\xff')), 0x62a8ab43u);
}

TEST(Crc32c, IsWhatRocksDbItselfComputes) {
  std::mt19937_64 random(1);
  std::string bytes(5000, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  for (int i = 0; i < 2000; ++i) {
    const size_t from = random() % bytes.size(), size = random() % (bytes.size() - from + 1);
    const auto before = static_cast<uint32_t>(random());
    ASSERT_EQ(rocksdb::crc32c::Extend(before, bytes.data() + from, size),
              __real__ZN7rocksdb6crc32c6ExtendEjPKcm(before, bytes.data() + from, size))
        << from << " " << size;
  }
}

}  // namespace
}  // namespace millrace::storage
