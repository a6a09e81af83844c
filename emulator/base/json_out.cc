#include "emulator/base/json_out.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <algorithm>
#include <bit>
#include <cstdint>

namespace millrace {
namespace {

constexpr size_t kBlock = 16;
constexpr size_t kEscapeMax = 6;  // \u001f

#ifdef __SSE2__
/// A bit for each of the block's characters that JSON writes as an escape. The block is copied to `to`.
unsigned copy_block(char* to, const char* from) {
  const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), last_control = _mm_set1_epi8(0x1f);
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
  const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, last_control), bytes);
  const __m128i named = _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash));
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(control, named)));
}
#else
bool is_escaped(unsigned char c) {
  return c < 0x20 || c == '"' || c == '\\';
}

unsigned copy_block(char* to, const char* from) {
  unsigned found = 0;
  for (size_t i = 0; i < kBlock; ++i) {
    to[i] = from[i];
    if (is_escaped(static_cast<unsigned char>(from[i]))) found |= 1u << i;
  }
  return found;
}
#endif

/// Fewer bytes than a block's, without a call: in two overlapping pieces.
void copy_short(char* to, const char* from, size_t size) {
  auto piece = [&]<typename Word>(Word) {
    Word first, last;
    std::memcpy(&first, from, sizeof first);
    std::memcpy(&last, from + size - sizeof last, sizeof last);
    std::memcpy(to, &first, sizeof first);
    std::memcpy(to + size - sizeof last, &last, sizeof last);
  };
  if (size >= 8) return piece(uint64_t{});
  if (size >= 4) return piece(uint32_t{});
  for (size_t i = 0; i < size; ++i) to[i] = from[i];
}

}  // namespace

JsonOut::JsonOut(std::string& out, size_t bytes) : out_(out) {
  const size_t before = out.size();
  out.resize(before + bytes);
  at_ = out.data() + before;
  end_ = out.data() + out.size();
}

void JsonOut::grow(size_t bytes) {
  const size_t before = size();
  out_.resize(std::max(before + bytes, out_.size() + out_.size() / 2));
  at_ = out_.data() + before;
  end_ = out_.data() + out_.size();
}

void JsonOut::escape(unsigned char c) {
  static constexpr char kHex[] = "0123456789abcdef";
  auto named = [this](char letter) { put('\\').put(letter); };
  switch (c) {
    case '"':
    case '\\': return named(static_cast<char>(c));
    case '\n': return named('n');
    case '\r': return named('r');
    case '\t': return named('t');
    case '\b': return named('b');
    case '\f': return named('f');
    default: plain("\\u00").put(kHex[c >> 4]).put(kHex[c & 15]);
  }
}

JsonOut& JsonOut::string(std::string_view text) {
  put('"');
  const char* from = text.data();
  size_t left = text.size();
  while (left >= kBlock) {
    const unsigned found = copy_block(room(kBlock), from);
    const size_t plain = found ? static_cast<size_t>(std::countr_zero(found)) : kBlock;
    at_ += plain;
    from += plain;
    left -= plain;
    if (!found) continue;
    escape(static_cast<unsigned char>(*from++));
    --left;
  }
  while (left > 0) {
    char block[kBlock] = {}, unused[kBlock];
    copy_short(block, from, left);
    const unsigned found = copy_block(unused, block) & ((1u << left) - 1);
    const size_t plain = found ? static_cast<size_t>(std::countr_zero(found)) : left;
    copy_short(room(plain), from, plain);
    at_ += plain;
    from += plain;
    left -= plain;
    if (!found) break;
    escape(static_cast<unsigned char>(*from++));
    --left;
  }
  return put('"');
}

}  // namespace millrace
