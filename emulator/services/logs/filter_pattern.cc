#include "emulator/services/logs/filter_pattern.h"

#include <re2/re2.h>

#include <charconv>
#include <cmath>

#include "emulator/services/logs/errors.h"

namespace millrace::logs {

struct ComparedValue::Expression {
  explicit Expression(const std::string& text) : regex(text, RE2::Quiet) {}
  RE2 regex;
};

namespace {

std::optional<double> parse_number(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (text.front() == '+') text.remove_prefix(1);
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  bool whole = error == std::errc() && end == text.data() + text.size() && std::isfinite(value);
  return whole ? std::optional(value) : std::nullopt;
}

/// `*` stands for any run of characters.
bool wildcard_match(std::string_view pattern, std::string_view text) {
  size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

class Everything final : public FilterPattern {
 public:
  bool matches(std::string_view) const override { return true; }
};

}  // namespace

std::optional<ComparedValue> ComparedValue::parse(std::string_view text, bool quoted) {
  ComparedValue out;
  out.text_ = text;
  out.quoted_ = quoted;
  if (!quoted && text.size() >= 2 && text.front() == '%' && text.back() == '%') {
    out.expression_ = std::make_shared<const Expression>(std::string(text.substr(1, text.size() - 2)));
    if (!out.expression_->regex.ok()) return std::nullopt;
    return out;
  }
  if (!quoted) out.number_ = parse_number(text);
  return out;
}

bool ComparedValue::matches_text(std::string_view text) const {
  if (expression_) return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), expression_->regex);
  return wildcard_match(text_, text);
}

std::optional<Comparison> take_comparison(std::string_view& text) {
  static constexpr std::pair<std::string_view, Comparison> kAll[] = {
      {"!=", Comparison::not_equal}, {"<=", Comparison::less_equal}, {">=", Comparison::greater_equal},
      {"=", Comparison::equal},      {"<", Comparison::less},        {">", Comparison::greater}};
  for (const auto& [sign, comparison] : kAll) {
    if (!text.starts_with(sign)) continue;
    text.remove_prefix(sign.size());
    return comparison;
  }
  return std::nullopt;
}

bool compare(Comparison comparison, double field, const ComparedValue& value) {
  if (!value.number()) return comparison == Comparison::not_equal;
  double wanted = *value.number();
  switch (comparison) {
    case Comparison::equal: return field == wanted;
    case Comparison::not_equal: return field != wanted;
    case Comparison::less: return field < wanted;
    case Comparison::less_equal: return field <= wanted;
    case Comparison::greater: return field > wanted;
    case Comparison::greater_equal: return field >= wanted;
  }
  return false;
}

bool compare(Comparison comparison, std::string_view field, const ComparedValue& value) {
  auto number = value.is_plain_number() ? parse_number(field) : std::nullopt;
  if (number) return compare(comparison, *number, value);
  if (comparison == Comparison::equal) return value.matches_text(field);
  if (comparison == Comparison::not_equal) return !value.matches_text(field);
  return false;
}

std::optional<std::string> FilterPattern::value(std::string_view message, const std::string& reference) const {
  auto all = extract(message);
  auto found = all.find(reference);
  return found == all.end() ? std::nullopt : std::optional(found->second);
}

Result<std::shared_ptr<const FilterPattern>> FilterPattern::compile(std::string_view text) {
  text = trimmed(text);
  if (text.empty()) return std::shared_ptr<const FilterPattern>(std::make_shared<Everything>());
  for (const auto& [open, close] : {std::pair('{', '}'), std::pair('[', ']')}) {
    if (text.front() != open || text.back() == close) continue;
    return AwsError(errors::invalid_parameter,
                    std::string("If a filter pattern starts with '") + open + "' it must end with '" + close + "'");
  }
  std::string fault = "Invalid filter pattern";
  std::shared_ptr<const FilterPattern> compiled = text.front() == '{'   ? compile_json_selector(text)
                                                  : text.front() == '[' ? compile_columns(text)
                                                                        : compile_terms(text, fault);
  if (!compiled) return AwsError(errors::invalid_parameter, fault);
  return compiled;
}

}  // namespace millrace::logs
