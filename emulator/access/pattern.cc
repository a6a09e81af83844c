#include "emulator/access/pattern.h"

#include <array>

#include "emulator/base/encoding.h"

namespace millrace::access {
namespace {

char pattern_byte(char c) {
  return c == '*' ? kAnyRun : c == '?' ? kAnyOne : c;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// Where the UTF-8 character that begins at `at` ends: `?` stands for one character, not one byte.
size_t end_of_character(std::string_view text, size_t at) {
  do ++at;
  while (at < text.size() && (text[at] & 0xC0) == 0x80);
  return at;
}

/// Splits an ARN into six views; false if it has fewer than six parts.
bool split_arn(std::string_view arn, std::array<std::string_view, 6>& parts) {
  for (size_t i = 0; i < 5; ++i) {
    const size_t colon = arn.find(':');
    if (colon == std::string_view::npos) return false;
    parts[i] = arn.substr(0, colon);
    arn.remove_prefix(colon + 1);
  }
  parts[5] = arn;
  return true;
}

}  // namespace

Template Template::compile(std::string_view text, bool variables) {
  Template result;
  result.source_ = std::string(text);
  std::string plain;
  for (size_t i = 0; i < text.size();) {
    const size_t close = variables && text.substr(i, 2) == "${" ? text.find('}', i + 2) : std::string_view::npos;
    if (close == std::string_view::npos) {
      plain += pattern_byte(text[i++]);
      continue;
    }
    std::string_view name = trim(text.substr(i + 2, close - i - 2));
    i = close + 1;
    if (name == "*" || name == "?" || name == "$") {
      plain += name;
      continue;
    }
    Part part;
    part.text = std::move(plain);
    plain.clear();
    if (const size_t comma = name.find(','); comma != std::string_view::npos) {
      std::string_view fallback = trim(name.substr(comma + 1));
      if (fallback.size() >= 2 && fallback.front() == '\'' && fallback.back() == '\'') {
        fallback = fallback.substr(1, fallback.size() - 2);
      }
      part.fallback = std::string(fallback);
      name = trim(name.substr(0, comma));
    }
    part.variable = to_lower(name);
    part.written = std::string(name);
    result.parts_.push_back(std::move(part));
  }
  if (!plain.empty() || result.parts_.empty()) result.parts_.push_back({std::move(plain), {}, {}, {}});
  return result;
}

const std::string* Template::expand(const RequestContext& context, std::string& scratch) const {
  if (parts_.size() == 1 && parts_[0].variable.empty()) return &parts_[0].text;
  scratch.clear();
  for (const Part& part : parts_) {
    scratch += part.text;
    if (part.variable.empty()) continue;
    const auto it = context.find(part.variable);
    // A key with several values can't stand in for a variable.
    if (it != context.end() && it->second.size() == 1) {
      scratch += it->second[0];
    } else if (part.fallback) {
      scratch += *part.fallback;
    } else {
      return nullptr;
    }
  }
  return &scratch;
}

std::vector<std::string> Template::variables() const {
  std::vector<std::string> names;
  for (const Part& part : parts_) {
    if (!part.variable.empty()) names.push_back(part.written);
  }
  return names;
}

bool glob(std::string_view pattern, std::string_view text) {
  size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == kAnyRun) {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == kAnyOne) {
      ++p;
      t = end_of_character(text, t);
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;  // let the last `*` take one character more
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == kAnyRun) ++p;
  return p == pattern.size();
}

std::string compile_wildcards(std::string_view text) {
  std::string pattern;
  pattern.reserve(text.size());
  for (char c : text) pattern += pattern_byte(c);
  return pattern;
}

bool arn_like(std::string_view pattern, std::string_view arn) {
  std::array<std::string_view, 6> want, have;
  if (!split_arn(arn, have)) return false;
  if (pattern.size() == 1 && pattern[0] == kAnyRun) return true;
  if (!split_arn(pattern, want)) return false;
  for (size_t i = 0; i < 6; ++i) {
    if (!glob(want[i], have[i])) return false;
  }
  return true;
}

}  // namespace millrace::access
