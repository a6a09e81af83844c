#include "runtime/filter/text_match.h"

#include <clocale>
#include <cstdint>
#include <cwctype>
#include <set>

#include "emulator/base/utf8.h"

namespace millrace::filter {

namespace {

/// The C library's Unicode tables, whatever locale the process has.
locale_t unicode_locale() {
  static locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

/// Bytes of the UTF-8 character at the front of `text`, at least 1, at most what is there.
size_t character_length(std::string_view text) {
  auto lead = static_cast<unsigned char>(text.front());
  size_t length = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  return std::min(length, text.size());
}

uint32_t decode(std::string_view character) {
  auto lead = static_cast<unsigned char>(character.front());
  if (character.size() == 1) return lead;
  uint32_t code = lead & (0xFF >> (character.size() + 1));
  for (char c : character.substr(1)) code = code << 6 | (static_cast<unsigned char>(c) & 0x3F);
  return code;
}

std::string encode(uint32_t code) {
  std::string out;
  append_utf8(out, code);
  return out;
}

std::pair<std::string, std::string> both_cases(std::string_view character) {
  constexpr uint32_t sharp_s = 0xDF;
  uint32_t code = decode(character);
  if (code == sharp_s) return {std::string(character), "SS"};
  if (locale_t locale = unicode_locale()) {
    return {encode(towlower_l(static_cast<wint_t>(code), locale)),
            encode(towupper_l(static_cast<wint_t>(code), locale))};
  }
  if (code < 0x80)
    return {encode(static_cast<uint32_t>(std::towlower(code))), encode(static_cast<uint32_t>(std::towupper(code)))};
  return {std::string(character), std::string(character)};
}

}  // namespace

std::optional<Wildcard> Wildcard::parse(std::string_view text, std::string& problem) {
  // Positions in the reasons count the quotation mark with which the engine sees the text.
  Wildcard result;
  result.parts_.emplace_back();
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '*') {
      if (i + 1 < text.size() && text[i + 1] == '*') {
        problem = "Consecutive wildcard characters at pos " + std::to_string(i + 1);
        return std::nullopt;
      }
      result.parts_.emplace_back();
    } else if (text[i] == '\\') {
      if (i + 1 == text.size() || (text[i + 1] != '*' && text[i + 1] != '\\')) {
        problem = "Invalid escape character at pos " + std::to_string(i + 1);
        return std::nullopt;
      }
      result.parts_.back() += text[++i];
    } else {
      result.parts_.back() += text[i];
    }
  }
  // unverified: the engine's users set the limit and AWS's isn't published; this is the complexity of the
  // simplest pattern known to be refused, `*:*:*:*:*:event-bus/*`.
  constexpr size_t complexity_refused = 6;
  if (result.complexity() >= complexity_refused) {
    problem =
        "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences "
        "after a "
        "wildcard character";
    return std::nullopt;
  }
  return result;
}

/// In how many places of the pattern a reader of a bad text may have to be at once on the way out of a star:
/// stars followed by the same character multiply the places.
size_t Wildcard::complexity() const {
  size_t most = parts_.size() > 1 ? 1 : 0;
  std::set<char> seen;
  for (size_t i = 1; i < parts_.size(); ++i) {
    if (parts_[i].empty() || !seen.insert(parts_[i].front()).second) continue;
    size_t same = 0;
    for (size_t k = i; k < parts_.size(); ++k) same += !parts_[k].empty() && parts_[k].front() == parts_[i].front();
    most = std::max(most, same + 1);
  }
  return most;
}

bool Wildcard::matches(std::string_view text) const {
  const std::string& first = parts_.front();
  if (parts_.size() == 1) return text == first;
  const std::string& last = parts_.back();
  if (text.size() < first.size() + last.size() || !text.starts_with(first) || !text.ends_with(last)) return false;
  text = text.substr(first.size(), text.size() - first.size() - last.size());
  for (size_t i = 1; i + 1 < parts_.size(); ++i) {  // the leftmost place is always as good as any
    size_t at = text.find(parts_[i]);
    if (at == std::string_view::npos) return false;
    text.remove_prefix(at + parts_[i].size());
  }
  return true;
}

IgnoreCase::IgnoreCase(std::string_view text) {
  while (!text.empty()) {
    size_t length = character_length(text);
    letters_.push_back(both_cases(text.substr(0, length)));
    text.remove_prefix(length);
  }
}

std::optional<size_t> IgnoreCase::length_at_front(std::string_view text) const {
  size_t used = 0;
  for (const auto& [lower, upper] : letters_) {
    std::string_view rest = text.substr(used);
    if (rest.starts_with(lower))
      used += lower.size();
    else if (rest.starts_with(upper))
      used += upper.size();
    else
      return std::nullopt;
  }
  return used;
}

bool IgnoreCase::equals(std::string_view text) const {
  return length_at_front(text) == text.size();
}

bool IgnoreCase::is_prefix_of(std::string_view text) const {
  return length_at_front(text).has_value();
}

bool IgnoreCase::is_suffix_of(std::string_view text) const {
  for (auto it = letters_.rbegin(); it != letters_.rend(); ++it) {
    if (text.ends_with(it->first))
      text.remove_suffix(it->first.size());
    else if (text.ends_with(it->second))
      text.remove_suffix(it->second.size());
    else
      return false;
  }
  return true;
}

}  // namespace millrace::filter
