#pragma once
// A DynamoDB number: an exact decimal of at most 38 significant digits with a magnitude between 1E-130 and
// 9.99..E+125, or zero. Kept normalised (no leading or trailing zero digits), so that equal values are equal
// bytes. Source: developer guide, "Data types: Number".

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

enum class NumberError { malformed, overflow, underflow, too_precise };

class Number {
 public:
  Number() = default;  // zero
  explicit Number(int64_t value);

  /// Reads what DynamoDB accepts: optional sign, digits with an optional point, optional exponent. On failure
  /// returns nullopt and, if `error` is given, says why.
  static std::optional<Number> parse(std::string_view text, NumberError* error = nullptr);

  /// The canonical form that DynamoDB returns: plain decimal without exponent, `1000`, `0.001`, `-1.5`, `0`.
  std::string text() const;
  void append_text(std::string& out) const;

  /// Order-preserving bytes (memcmp order is numeric order); 1 to 22 bytes, no terminator needed. Grammar: in
  /// emulator/storage/KEYS.md.
  void append_key(std::string& out) const;
  static std::optional<Number> from_key(std::string_view bytes);

  /// The compact form inside stored items, 1 to 21 bytes; take_stored() removes it from the front of `bytes`.
  void append_stored(std::string& out) const;
  static std::optional<Number> take_stored(std::string_view& bytes);
  /// Removes it too, and writes its text() to `at`, where kTextMax bytes are free. The text's end; nullptr at damage.
  static char* print_stored(char* at, std::string_view& bytes);
  static constexpr size_t kTextMax = 176;  // -0. and 129 zeros before 38 digits
  /// Removes it too, and gives its size_bytes() without reading its digits.
  static std::optional<size_t> skip_stored(std::string_view& bytes);

  /// Exact sums; nullopt when the result is out of range or needs more than 38 digits.
  static std::optional<Number> add(const Number& a, const Number& b);
  static std::optional<Number> subtract(const Number& a, const Number& b);
  Number negated() const;

  bool is_negative() const { return sign_ < 0; }
  int digits() const { return static_cast<int>(digits_.size()); }
  /// An integer of at most 18 digits as such; nullopt otherwise.
  std::optional<int64_t> to_int64() const;

  /// Bytes counted towards the item size: one, one more when negative, and one for each begun pair of digits; digits
  /// on both sides of the point don't share a pair. At most 21.
  size_t size_bytes() const { return size_bytes(digits_.size(), exponent_, is_negative()); }
  /// The same of `digits` digits behind a point, times 10 to the `exponent`.
  static size_t size_bytes(size_t digits, int exponent, bool negative);

  friend bool operator==(const Number& a, const Number& b) = default;
  friend std::strong_ordering operator<=>(const Number& a, const Number& b);

 private:
  int8_t sign_ = 0;       // -1, 0, 1
  int16_t exponent_ = 0;  // value = sign * 0.d1d2d3... * 10^exponent; 0 for zero
  std::string digits_;    // d1 and the last digit aren't '0'; empty for zero
};

}  // namespace millrace
