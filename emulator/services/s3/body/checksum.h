#pragma once
// S3's five checksums and MD5, computed while bytes pass.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::s3 {

/// Numbered as stored: never renumber.
enum class Algorithm : uint8_t { none = 0, crc32 = 1, crc32c = 2, crc64nvme = 3, sha1 = 4, sha256 = 5 };
inline constexpr std::array<Algorithm, 5> kAlgorithms = {Algorithm::crc32, Algorithm::crc32c, Algorithm::crc64nvme,
                                                         Algorithm::sha1, Algorithm::sha256};

std::string algorithm_name(Algorithm algorithm);        // "CRC64NVME"
std::string algorithm_lower_name(Algorithm algorithm);  // "crc64nvme"
std::string checksum_header(Algorithm algorithm);       // "x-amz-checksum-crc64nvme"
std::string checksum_element(Algorithm algorithm);      // "ChecksumCRC64NVME"
size_t checksum_bytes(Algorithm algorithm);             // 8
bool is_crc(Algorithm algorithm);
/// By name in any case; none if there is no such algorithm.
Algorithm parse_algorithm(std::string_view name);

/// A digest in the making. finish() gives its raw bytes, a CRC's most significant byte first, and may be
/// called once.
class Digest {
 public:
  virtual ~Digest() = default;
  virtual void update(std::string_view bytes) = 0;
  virtual std::string finish() = 0;
};
std::unique_ptr<Digest> make_digest(Algorithm algorithm);
std::unique_ptr<Digest> make_md5();
std::unique_ptr<Digest> make_sha256();

/// Base64 of the whole text's checksum.
std::string checksum_of(Algorithm algorithm, std::string_view bytes);

/// The CRC of A followed by B from theirs: raw bytes as finish() gives them.
std::string combine_crc(Algorithm algorithm, std::string_view crc_a, std::string_view crc_b, uint64_t bytes_of_b);

}  // namespace millrace::s3
