#include "emulator/base/attribute/number.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

#include "emulator/base/characters.h"

namespace millrace {
namespace {

constexpr int kDigitsMax = 38;
// Of d1.d2d3... * 10^e: 1E-130 is the smallest magnitude, 9.99..E+125 the largest.
constexpr int kExponentMin = -130;
constexpr int kExponentMax = 125;
// An exponent beyond a 64-bit integer isn't a number any more to AWS's parser. Below, all beyond this one are alike.
constexpr int64_t kExponentBound = 1'000'000'000'000;

/// The pieces of a literal as written: `digits` without the point, value = 0.digits * 10^point.
struct Literal {
  bool negative = false;
  std::string_view whole, fraction;
  int64_t exponent = 0;
};

bool read_literal(std::string_view text, Literal& out) {
  size_t i = 0;
  if (i < text.size() && (text[i] == '+' || text[i] == '-')) out.negative = text[i++] == '-';
  size_t from = i;
  while (i < text.size() && is_digit(text[i])) ++i;
  out.whole = text.substr(from, i - from);
  if (i < text.size() && text[i] == '.') {
    from = ++i;
    while (i < text.size() && is_digit(text[i])) ++i;
    out.fraction = text.substr(from, i - from);
  }
  if (out.whole.empty() && out.fraction.empty()) return false;
  if (i == text.size()) return true;
  if (text[i] != 'e' && text[i] != 'E') return false;
  ++i;
  bool negative = false;
  if (i < text.size() && (text[i] == '+' || text[i] == '-')) negative = text[i++] == '-';
  if (i == text.size()) return false;
  int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data() + i, text.data() + text.size(), value);
  if (!is_digit(text[i]) || failure != std::errc() || end != text.data() + text.size()) return false;
  value = std::min(value, kExponentBound);
  out.exponent = negative ? -value : value;
  return true;
}

std::optional<Number> fail(NumberError* error, NumberError why) {
  if (error) *error = why;
  return std::nullopt;
}

}  // namespace

Number::Number(int64_t value) {
  if (value == 0) return;
  sign_ = value < 0 ? -1 : 1;
  uint64_t magnitude = value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  digits_ = std::to_string(magnitude);
  exponent_ = static_cast<int16_t>(digits_.size());
  digits_.erase(digits_.find_last_not_of('0') + 1);
}

std::optional<Number> Number::parse(std::string_view text, NumberError* error) {
  Literal literal;
  if (!read_literal(text, literal)) return fail(error, NumberError::malformed);

  size_t total = literal.whole.size() + literal.fraction.size();
  auto digit = [&](size_t i) {
    return i < literal.whole.size() ? literal.whole[i] : literal.fraction[i - literal.whole.size()];
  };
  size_t first = 0, end = total;
  while (first < total && digit(first) == '0') ++first;
  // Zero's range is checked as if its last written digit were significant: "0.0e126" passes, "0e126" doesn't.
  bool zero = first == total;
  size_t leading = zero ? total - 1 : first;
  int64_t adjusted = static_cast<int64_t>(literal.whole.size()) - static_cast<int64_t>(leading) - 1 + literal.exponent;
  if (adjusted > kExponentMax) return fail(error, NumberError::overflow);
  if (adjusted < kExponentMin) return fail(error, NumberError::underflow);
  Number result;
  if (zero) return result;
  while (digit(end - 1) == '0') --end;
  if (end - first > kDigitsMax) return fail(error, NumberError::too_precise);

  result.sign_ = literal.negative ? -1 : 1;
  result.exponent_ = static_cast<int16_t>(adjusted + 1);
  result.digits_.resize(end - first);
  for (size_t i = first; i < end; ++i) result.digits_[i - first] = digit(i);
  return result;
}

void Number::append_text(std::string& out) const {
  if (sign_ == 0) {
    out.push_back('0');
    return;
  }
  if (sign_ < 0) out.push_back('-');
  int count = digits();
  if (exponent_ <= 0) {
    out.append("0.").append(static_cast<size_t>(-exponent_), '0').append(digits_);
  } else if (exponent_ >= count) {
    out.append(digits_).append(static_cast<size_t>(exponent_ - count), '0');
  } else {
    auto whole = static_cast<size_t>(exponent_);
    out.append(digits_, 0, whole).append(1, '.').append(digits_, whole);
  }
}

std::string Number::text() const {
  std::string out;
  append_text(out);
  return out;
}

// The key form, self-delimiting:
//   zero     := 02
//   positive := 03 exponent digitpair* 00      exponent = e + 130 where value = d1.d2d3... * 10^e
//   negative := 01, then the rest of the positive form with every bit inverted
//   digitpair = (d1 * 10 + d2) + 1; a missing last digit counts as 0
void Number::append_key(std::string& out) const {
  if (sign_ == 0) {
    out.push_back('\x02');
    return;
  }
  out.push_back(sign_ > 0 ? '\x03' : '\x01');
  const unsigned char mask = sign_ > 0 ? 0 : 0xff;
  auto push = [&](int byte) { out.push_back(static_cast<char>(static_cast<unsigned char>(byte) ^ mask)); };
  push(exponent_ - 1 - kExponentMin);
  for (size_t i = 0; i < digits_.size(); i += 2) {
    int low = i + 1 < digits_.size() ? digits_[i + 1] - '0' : 0;
    push((digits_[i] - '0') * 10 + low + 1);
  }
  push(0);
}

std::optional<Number> Number::from_key(std::string_view bytes) {
  if (bytes == "\x02") return Number();
  if (bytes.size() < 4 || (bytes[0] != '\x03' && bytes[0] != '\x01')) return std::nullopt;
  Number result;
  result.sign_ = bytes[0] == '\x03' ? 1 : -1;
  const unsigned char mask = result.sign_ > 0 ? 0 : 0xff;
  auto at = [&](size_t i) { return static_cast<unsigned char>(static_cast<unsigned char>(bytes[i]) ^ mask); };
  result.exponent_ = static_cast<int16_t>(at(1) + 1 + kExponentMin);
  for (size_t i = 2; i + 1 < bytes.size(); ++i) {
    int pair = at(i) - 1;
    if (pair < 0 || pair > 99) return std::nullopt;
    result.digits_.push_back(static_cast<char>('0' + pair / 10));
    result.digits_.push_back(static_cast<char>('0' + pair % 10));
  }
  if (at(bytes.size() - 1) != 0) return std::nullopt;
  if (result.digits_.back() == '0') result.digits_.pop_back();
  bool normalised = !result.digits_.empty() && result.digits_.front() != '0' && result.digits_.back() != '0' &&
                    result.digits_.size() <= kDigitsMax;
  if (!normalised) return std::nullopt;
  return result;
}

namespace {

/// -1, 0, 1 as |a| is below, equal to, above |b|; both not zero.
int compare_magnitude(int a_exponent, const std::string& a, int b_exponent, const std::string& b) {
  if (a_exponent != b_exponent) return a_exponent < b_exponent ? -1 : 1;
  int order = a.compare(b);
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

/// Digits right-aligned in a fixed window: the widest sum spans exponents -129-37 .. 126, and a carry.
constexpr int kWindow = 320;
constexpr int kUnitsAt = 170;  // how many window digits lie behind the point
using Window = std::array<int8_t, kWindow>;

void place(Window& window, const std::string& digits, int exponent) {
  window.fill(0);
  int top = kUnitsAt + exponent - 1;  // window index of d1; index grows with significance
  for (size_t i = 0; i < digits.size(); ++i) window[top - static_cast<int>(i)] = static_cast<int8_t>(digits[i] - '0');
}

}  // namespace

std::strong_ordering operator<=>(const Number& a, const Number& b) {
  if (a.sign_ != b.sign_) return a.sign_ <=> b.sign_;
  if (a.sign_ == 0) return std::strong_ordering::equal;
  return a.sign_ * compare_magnitude(a.exponent_, a.digits_, b.exponent_, b.digits_) <=> 0;
}

std::optional<Number> Number::add(const Number& a, const Number& b) {
  if (a.sign_ == 0) return b;
  if (b.sign_ == 0) return a;
  const bool same_sign = a.sign_ == b.sign_;
  int order = compare_magnitude(a.exponent_, a.digits_, b.exponent_, b.digits_);
  if (!same_sign && order == 0) return Number();
  const Number& large = order >= 0 ? a : b;
  const Number& small = order >= 0 ? b : a;

  Window x, y;
  place(x, large.digits_, large.exponent_);
  place(y, small.digits_, small.exponent_);
  int carry = 0;
  for (int i = 0; i < kWindow; ++i) {
    int digit = same_sign ? x[i] + y[i] + carry : x[i] - y[i] + carry;
    carry = digit > 9 ? 1 : digit < 0 ? -1 : 0;
    x[i] = static_cast<int8_t>(digit - 10 * carry);
  }
  int top = kWindow - 1, bottom = 0;
  while (x[top] == 0) --top;
  while (x[bottom] == 0) ++bottom;
  int exponent = top - kUnitsAt;  // of d1.d2d3...
  if (exponent > kExponentMax || exponent < kExponentMin || top - bottom + 1 > kDigitsMax) return std::nullopt;

  Number result;
  result.sign_ = large.sign_;
  result.exponent_ = static_cast<int16_t>(exponent + 1);
  for (int i = top; i >= bottom; --i) result.digits_.push_back(static_cast<char>('0' + x[i]));
  return result;
}

std::optional<Number> Number::subtract(const Number& a, const Number& b) {
  return add(a, b.negated());
}

Number Number::negated() const {
  Number result = *this;
  result.sign_ = static_cast<int8_t>(-sign_);
  return result;
}

std::optional<int64_t> Number::to_int64() const {
  if (sign_ == 0) return 0;
  if (exponent_ < digits() || exponent_ > 18) return std::nullopt;
  int64_t value = 0;
  for (int i = 0; i < exponent_; ++i) value = value * 10 + (i < digits() ? digits_[i] - '0' : 0);
  return sign_ * value;
}

size_t Number::size_bytes(size_t digits, int exponent, bool negative) {
  const size_t whole = exponent > 0 ? std::min(digits, static_cast<size_t>(exponent)) : 0;
  const size_t pairs = (whole + 1) / 2 + (digits - whole + 1) / 2;
  return std::min<size_t>(21, pairs + 1 + (negative ? 1 : 0));
}

// The stored form:
//   zero   := 00
//   number := head exponent digitpair*    head = count of digits (1..38), plus 80 when negative;
//                                         exponent and pairs as in the key form, pairs without the + 1
void Number::append_stored(std::string& out) const {
  out.push_back(static_cast<char>(digits() | (sign_ < 0 ? 0x80 : 0)));
  if (sign_ == 0) return;
  out.push_back(static_cast<char>(exponent_ - 1 - kExponentMin));
  for (size_t i = 0; i < digits_.size(); i += 2) {
    int low = i + 1 < digits_.size() ? digits_[i + 1] - '0' : 0;
    out.push_back(static_cast<char>((digits_[i] - '0') * 10 + low));
  }
}

std::optional<Number> Number::take_stored(std::string_view& bytes) {
  if (bytes.empty()) return std::nullopt;
  auto head = static_cast<unsigned char>(bytes[0]);
  size_t count = head & 0x7f;
  if (count == 0) {
    bytes.remove_prefix(1);
    return Number();
  }
  size_t size = 2 + (count + 1) / 2;
  if (count > kDigitsMax || bytes.size() < size) return std::nullopt;
  Number result;
  result.sign_ = head & 0x80 ? -1 : 1;
  result.exponent_ = static_cast<int16_t>(static_cast<unsigned char>(bytes[1]) + 1 + kExponentMin);
  result.digits_.resize(count);
  for (size_t i = 0; i < count; ++i) {
    int pair = static_cast<unsigned char>(bytes[2 + i / 2]);
    result.digits_[i] = static_cast<char>('0' + (i % 2 ? pair % 10 : pair / 10 % 10));
  }
  bytes.remove_prefix(size);
  return result;
}

char* Number::print_stored(char* at, std::string_view& bytes) {
  if (bytes.empty()) return nullptr;
  const auto* from = reinterpret_cast<const unsigned char*>(bytes.data());
  const size_t count = from[0] & 0x7f, size = count == 0 ? 1 : 2 + (count + 1) / 2;
  if (count > static_cast<size_t>(kDigitsMax) || bytes.size() < size) return nullptr;
  bytes = std::string_view(bytes.data() + size, bytes.size() - size);
  if (count == 0) {
    *at++ = '0';
    return at;
  }
  if (from[0] & 0x80) *at++ = '-';
  char digits[kDigitsMax + 1];  // the last pair may have a digit that doesn't count
  for (size_t i = 0; i < count; i += 2) {
    digits[i] = static_cast<char>('0' + from[2 + i / 2] / 10 % 10);
    digits[i + 1] = static_cast<char>('0' + from[2 + i / 2] % 10);
  }
  const int exponent = from[1] + 1 + kExponentMin;
  const auto whole = static_cast<size_t>(std::clamp(exponent, 0, static_cast<int>(count)));
  const auto zeros = static_cast<size_t>(std::abs(exponent) - (exponent > 0 ? static_cast<int>(whole) : 0));
  if (exponent <= 0) {
    at = std::fill_n(std::copy_n("0.", 2, at), zeros, '0');
    return std::copy_n(digits, count, at);
  }
  at = std::copy_n(digits, whole, at);
  if (whole == count) return std::fill_n(at, zeros, '0');
  *at++ = '.';
  return std::copy_n(digits + whole, count - whole, at);
}

std::optional<size_t> Number::skip_stored(std::string_view& bytes) {
  if (bytes.empty()) return std::nullopt;
  const auto head = static_cast<unsigned char>(bytes[0]);
  const size_t count = head & 0x7f, size = count == 0 ? 1 : 2 + (count + 1) / 2;
  if (bytes.size() < size) return std::nullopt;
  const int exponent = count == 0 ? 0 : static_cast<unsigned char>(bytes[1]) + 1 + kExponentMin;
  bytes.remove_prefix(size);
  return size_bytes(count, exponent, (head & 0x80) != 0);
}

}  // namespace millrace
