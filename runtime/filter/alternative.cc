#include "runtime/filter/alternative.h"

#include <algorithm>

#include "runtime/filter/comparable_number.h"

namespace millrace::filter {

namespace {

/// Answers one alternative for one leaf. The anything-buts accept every leaf that they don't exclude,
/// whatever its type.
struct Accepts {
  const Leaf& leaf;

  bool is_text() const { return leaf.kind == LeafKind::string; }
  bool is_number() const { return leaf.kind == LeafKind::number; }
  template <class Texts, class Test>
  bool none(const Texts& texts, Test test) const {
    return !is_text() || std::none_of(texts.begin(), texts.end(), test);
  }

  bool operator()(const Literal& a) const { return leaf.kind == a.kind; }
  bool operator()(const ExactText& a) const { return is_text() && leaf.text == a.text; }
  bool operator()(const ExactIp& a) const { return is_text() && parse_ip(leaf.text) == a.ip; }
  bool operator()(const ExactNumber& a) const {
    if (!is_number()) return false;
    if (leaf.text == a.text) return true;
    return a.value && comparable_number(leaf.text) == a.value;
  }
  bool operator()(const Prefix& a) const { return is_text() && leaf.text.starts_with(a.text); }
  bool operator()(const Suffix& a) const { return is_text() && leaf.text.ends_with(a.text); }
  bool operator()(const PrefixIgnoreCase& a) const { return is_text() && a.text.is_prefix_of(leaf.text); }
  bool operator()(const SuffixIgnoreCase& a) const { return is_text() && a.text.is_suffix_of(leaf.text); }
  bool operator()(const EqualsIgnoreCase& a) const { return is_text() && a.text.equals(leaf.text); }
  bool operator()(const Wildcard& a) const { return is_text() && a.matches(leaf.text); }
  bool operator()(const NumericRange& a) const {
    if (!is_number()) return false;
    auto value = comparable_number(leaf.text);
    return value && (a.low_open ? *value > a.low : *value >= a.low) &&
           (a.high_open ? *value < a.high : *value <= a.high);
  }
  bool operator()(const IpBlock& a) const {
    if (!is_text()) return false;
    auto ip = parse_ip(leaf.text);
    return ip && a.contains(*ip);
  }
  bool operator()(const Exists&) const { return true; }
  bool operator()(const AnythingButTexts& a) const {
    return none(a.texts, [&](const std::string& text) { return leaf.text == text; });
  }
  bool operator()(const AnythingButNumbers& a) const {
    if (!is_number()) return true;
    auto value = comparable_number(leaf.text);
    return !value || std::find(a.values.begin(), a.values.end(), *value) == a.values.end();
  }
  bool operator()(const AnythingButPrefix& a) const {
    return none(a.texts, [&](const std::string& text) { return leaf.text.starts_with(text); });
  }
  bool operator()(const AnythingButSuffix& a) const {
    return none(a.texts, [&](const std::string& text) { return leaf.text.ends_with(text); });
  }
  bool operator()(const AnythingButIgnoreCase& a) const {
    return none(a.texts, [&](const IgnoreCase& text) { return text.equals(leaf.text); });
  }
  bool operator()(const AnythingButWildcard& a) const {
    return none(a.texts, [&](const Wildcard& text) { return text.matches(leaf.text); });
  }
};

}  // namespace

bool accepts(const Alternative& alternative, const Leaf& leaf) {
  return std::visit(Accepts{leaf}, alternative);
}

}  // namespace millrace::filter
