#include "emulator/services/s3/body/checksum.h"

#include <openssl/evp.h>

#include <vector>

#include "emulator/base/encoding.h"

namespace millrace::s3 {

namespace {

struct Names {
  Algorithm algorithm;
  const char* upper;
  const char* lower;
  size_t bytes;
};
constexpr Names kNames[] = {{Algorithm::none, "", "", 0},
                            {Algorithm::crc32, "CRC32", "crc32", 4},
                            {Algorithm::crc32c, "CRC32C", "crc32c", 4},
                            {Algorithm::crc64nvme, "CRC64NVME", "crc64nvme", 8},
                            {Algorithm::sha1, "SHA1", "sha1", 20},
                            {Algorithm::sha256, "SHA256", "sha256", 32}};

const Names& names(Algorithm algorithm) {
  return kNames[static_cast<size_t>(algorithm)];
}

/// Reflected polynomials. CRC64NVME: NVM Express base specification, figure "64b CRC polynomials".
template <class Word>
constexpr Word polynomial_of(Algorithm algorithm) {
  if (algorithm == Algorithm::crc32) return static_cast<Word>(0xEDB88320u);
  if (algorithm == Algorithm::crc32c) return static_cast<Word>(0x82F63B78u);
  return static_cast<Word>(0x9A6C9329AC4BC9B5u);
}

/// Eight tables, so that eight bytes go in one step.
template <class Word>
struct Tables {
  Word table[8][256];
  explicit Tables(Word polynomial) {
    for (unsigned i = 0; i < 256; ++i) {
      Word crc = static_cast<Word>(i);
      for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) ? polynomial : 0);
      table[0][i] = crc;
    }
    for (unsigned i = 0; i < 256; ++i) {
      for (int k = 1; k < 8; ++k) table[k][i] = (table[k - 1][i] >> 8) ^ table[0][table[k - 1][i] & 0xff];
    }
  }
};

template <class Word, Algorithm algorithm>
const Tables<Word>& tables() {
  static const Tables<Word> built(polynomial_of<Word>(algorithm));
  return built;
}

template <class Word, Algorithm algorithm>
class Crc final : public Digest {
 public:
  void update(std::string_view bytes) override {
    const auto& t = tables<Word, algorithm>().table;
    Word crc = crc_;
    const auto* p = reinterpret_cast<const unsigned char*>(bytes.data());
    size_t n = bytes.size();
    while (n >= 8) {
      uint64_t block = 0;
      for (int i = 7; i >= 0; --i) block = (block << 8) | p[i];
      block ^= crc;
      crc = t[7][block & 0xff] ^ t[6][(block >> 8) & 0xff] ^ t[5][(block >> 16) & 0xff] ^ t[4][(block >> 24) & 0xff] ^
            t[3][(block >> 32) & 0xff] ^ t[2][(block >> 40) & 0xff] ^ t[1][(block >> 48) & 0xff] ^ t[0][block >> 56];
      p += 8;
      n -= 8;
    }
    for (; n; --n) crc = (crc >> 8) ^ t[0][(crc ^ *p++) & 0xff];
    crc_ = crc;
  }
  std::string finish() override {
    Word value = ~crc_;
    std::string out;
    for (int shift = static_cast<int>(sizeof(Word)) * 8 - 8; shift >= 0; shift -= 8)
      out.push_back(static_cast<char>((value >> shift) & 0xff));
    return out;
  }

 private:
  Word crc_ = static_cast<Word>(~Word{0});
};

class OpenSslDigest final : public Digest {
 public:
  explicit OpenSslDigest(const EVP_MD* kind) : context_(EVP_MD_CTX_new()) {
    EVP_DigestInit_ex(context_, kind, nullptr);
  }
  ~OpenSslDigest() override { EVP_MD_CTX_free(context_); }
  OpenSslDigest(const OpenSslDigest&) = delete;
  OpenSslDigest& operator=(const OpenSslDigest&) = delete;
  void update(std::string_view bytes) override { EVP_DigestUpdate(context_, bytes.data(), bytes.size()); }
  std::string finish() override {
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    EVP_DigestFinal_ex(context_, out, &n);
    return {reinterpret_cast<char*>(out), n};
  }

 private:
  EVP_MD_CTX* context_;
};

/// Polynomials over GF(2) of one word, reflected: multiplication modulo the CRC's polynomial.
template <class Word>
Word multiply(Word a, Word b, Word polynomial) {
  constexpr Word kOne = Word{1} << (sizeof(Word) * 8 - 1);
  Word product = 0;
  for (Word bit = kOne; bit; bit >>= 1) {
    if (a & bit) product ^= b;
    b = (b >> 1) ^ ((b & 1) ? polynomial : 0);
  }
  return product;
}

template <class Word>
Word combine_words(Word a, Word b, uint64_t bytes_of_b, Word polynomial) {
  constexpr Word kOne = Word{1} << (sizeof(Word) * 8 - 1);
  // x^8 for one byte, squared for each bit of the length.
  Word power = kOne >> 8;
  Word shift = kOne;
  for (uint64_t n = bytes_of_b; n; n >>= 1) {
    if (n & 1) shift = multiply(shift, power, polynomial);
    power = multiply(power, power, polynomial);
  }
  return multiply(shift, a, polynomial) ^ b;
}

template <class Word>
Word word_of(std::string_view bytes) {
  Word out = 0;
  for (char c : bytes) out = static_cast<Word>(out << 8) | static_cast<unsigned char>(c);
  return out;
}

template <class Word>
std::string bytes_of(Word value) {
  std::string out;
  for (int shift = static_cast<int>(sizeof(Word)) * 8 - 8; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>((value >> shift) & 0xff));
  return out;
}

}  // namespace

std::string algorithm_name(Algorithm algorithm) {
  return names(algorithm).upper;
}
std::string algorithm_lower_name(Algorithm algorithm) {
  return names(algorithm).lower;
}
std::string checksum_header(Algorithm algorithm) {
  return std::string("x-amz-checksum-") + names(algorithm).lower;
}
std::string checksum_element(Algorithm algorithm) {
  return std::string("Checksum") + names(algorithm).upper;
}
size_t checksum_bytes(Algorithm algorithm) {
  return names(algorithm).bytes;
}
bool is_crc(Algorithm algorithm) {
  return algorithm == Algorithm::crc32 || algorithm == Algorithm::crc32c || algorithm == Algorithm::crc64nvme;
}

Algorithm parse_algorithm(std::string_view name) {
  for (Algorithm algorithm : kAlgorithms) {
    if (equals_ignore_case(name, names(algorithm).upper)) return algorithm;
  }
  return Algorithm::none;
}

std::unique_ptr<Digest> make_digest(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::crc32: return std::make_unique<Crc<uint32_t, Algorithm::crc32>>();
    case Algorithm::crc32c: return std::make_unique<Crc<uint32_t, Algorithm::crc32c>>();
    case Algorithm::crc64nvme: return std::make_unique<Crc<uint64_t, Algorithm::crc64nvme>>();
    case Algorithm::sha1: return std::make_unique<OpenSslDigest>(EVP_sha1());
    case Algorithm::sha256: return make_sha256();
    case Algorithm::none: break;
  }
  return nullptr;
}

std::unique_ptr<Digest> make_md5() {
  return std::make_unique<OpenSslDigest>(EVP_md5());
}
std::unique_ptr<Digest> make_sha256() {
  return std::make_unique<OpenSslDigest>(EVP_sha256());
}

std::string checksum_of(Algorithm algorithm, std::string_view bytes) {
  auto digest = make_digest(algorithm);
  digest->update(bytes);
  return to_base64(digest->finish());
}

std::string combine_crc(Algorithm algorithm, std::string_view crc_a, std::string_view crc_b, uint64_t bytes_of_b) {
  if (algorithm == Algorithm::crc64nvme) {
    return bytes_of(combine_words<uint64_t>(word_of<uint64_t>(crc_a), word_of<uint64_t>(crc_b), bytes_of_b,
                                            polynomial_of<uint64_t>(algorithm)));
  }
  return bytes_of(combine_words<uint32_t>(word_of<uint32_t>(crc_a), word_of<uint32_t>(crc_b), bytes_of_b,
                                          polynomial_of<uint32_t>(algorithm)));
}

}  // namespace millrace::s3
