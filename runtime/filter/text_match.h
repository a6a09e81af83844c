#pragma once
// The string comparisons of filter patterns that are more than equality: wildcards and letter case.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::filter {

/// A text in which `*` stands for any run of characters, also none; `\*` and `\\` are the characters
/// themselves.
class Wildcard {
 public:
  /// nullopt, and the rule engine's reason in `problem`, for `**`, another escape, or a text too complex.
  static std::optional<Wildcard> parse(std::string_view text, std::string& problem);
  bool matches(std::string_view text) const;

 private:
  size_t complexity() const;
  std::vector<std::string> parts_;  // the literal runs between the stars, first and last possibly empty
};

/// A text compared letter by letter with either its upper or its lower case form. Case mappings are Unicode's
/// simple ones, plus the sharp s; nothing is normalised.
class IgnoreCase {
 public:
  explicit IgnoreCase(std::string_view text);
  bool equals(std::string_view text) const;
  bool is_prefix_of(std::string_view text) const;
  bool is_suffix_of(std::string_view text) const;

 private:
  /// How much of the front of `text` the letters take; nullopt if they don't match.
  std::optional<size_t> length_at_front(std::string_view text) const;
  std::vector<std::pair<std::string, std::string>> letters_;  // lower, upper
};

}  // namespace millrace::filter
