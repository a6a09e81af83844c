// RocksDB sums everything that it writes. Debian builds it for processors without the instruction for that, so that its own
// way is a table; the linker puts this in its place (--wrap in CMakeLists.txt).

#include <cstddef>
#include <cstdint>
#include <cstring>

extern "C" {
// NOLINTBEGIN: the names are the linker's.
uint32_t __real__ZN7rocksdb6crc32c6ExtendEjPKcm(uint32_t crc, const char* data, size_t size);
uint32_t __wrap__ZN7rocksdb6crc32c6ExtendEjPKcm(uint32_t crc, const char* data, size_t size);
// NOLINTEND
}

#ifdef __x86_64__
#include <nmmintrin.h>

namespace {

__attribute__((target("sse4.2"))) uint32_t extend_by_instruction(uint32_t crc, const char* data, size_t size) {
  uint64_t sum = crc ^ 0xffffffffu;
  for (; size >= sizeof(uint64_t); data += sizeof(uint64_t), size -= sizeof(uint64_t)) {
    uint64_t word;
    std::memcpy(&word, data, sizeof word);
    sum = _mm_crc32_u64(sum, word);
  }
  auto rest = static_cast<uint32_t>(sum);
  for (; size > 0; ++data, --size) rest = _mm_crc32_u8(rest, static_cast<unsigned char>(*data));
  return rest ^ 0xffffffffu;
}

}  // namespace

uint32_t __wrap__ZN7rocksdb6crc32c6ExtendEjPKcm(uint32_t crc, const char* data, size_t size) {
  static const bool has_instruction = __builtin_cpu_supports("sse4.2");
  return has_instruction ? extend_by_instruction(crc, data, size)
                         : __real__ZN7rocksdb6crc32c6ExtendEjPKcm(crc, data, size);
}
#else
uint32_t __wrap__ZN7rocksdb6crc32c6ExtendEjPKcm(uint32_t crc, const char* data, size_t size) {
  return __real__ZN7rocksdb6crc32c6ExtendEjPKcm(crc, data, size);
}
#endif
