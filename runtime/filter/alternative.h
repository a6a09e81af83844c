#pragma once
// One element of a leaf array of a pattern: what a single value must be.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "runtime/filter/ip_address.h"
#include "runtime/filter/leaves.h"
#include "runtime/filter/text_match.h"

namespace millrace::filter {

struct Literal {
  LeafKind kind;
};  // true, false, null
struct ExactText {
  std::string text;
};
struct ExactIp {
  IpAddress ip;
};  // a string that is an address equals every spelling of it
struct ExactNumber {
  std::string text;
  std::optional<double> value;
};
struct Prefix {
  std::string text;
};
struct Suffix {
  std::string text;
};
struct PrefixIgnoreCase {
  IgnoreCase text;
};
struct SuffixIgnoreCase {
  IgnoreCase text;
};
struct EqualsIgnoreCase {
  IgnoreCase text;
};
struct NumericRange {
  double low, high;
  bool low_open, high_open;
};
struct Exists {};  // `{"exists":false}` is the test's own flag
struct AnythingButTexts {
  std::vector<std::string> texts;
};
struct AnythingButNumbers {
  std::vector<double> values;
};
struct AnythingButPrefix {
  std::vector<std::string> texts;
};
struct AnythingButSuffix {
  std::vector<std::string> texts;
};
struct AnythingButIgnoreCase {
  std::vector<IgnoreCase> texts;
};
struct AnythingButWildcard {
  std::vector<Wildcard> texts;
};

using Alternative =
    std::variant<Literal, ExactText, ExactIp, ExactNumber, Prefix, Suffix, PrefixIgnoreCase, SuffixIgnoreCase,
                 EqualsIgnoreCase, Wildcard, NumericRange, IpBlock, Exists, AnythingButTexts, AnythingButNumbers,
                 AnythingButPrefix, AnythingButSuffix, AnythingButIgnoreCase, AnythingButWildcard>;

bool accepts(const Alternative& alternative, const Leaf& leaf);

/// All tests of one path: any alternative suffices.
struct PathTest {
  size_t path = 0;  // index in the pattern's paths
  std::vector<Alternative> alternatives;
  bool absent_suffices = false;  // `{"exists":false}` is among them
};

}  // namespace millrace::filter
