#include "emulator/services/cloudwatch/search.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include "emulator/base/encoding.h"
#include "emulator/services/cloudwatch/errors.h"

namespace millrace::cloudwatch {

namespace {
constexpr int kNestingMax = 50;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}
}  // namespace

struct Search::Term {
  enum class Kind { word, all, any, none } kind = Kind::word;
  std::vector<std::shared_ptr<const Term>> inner;
  std::string key;     // a word's: "MetricName", a dimension; empty: anything of the metric
  std::string text;    // a word's
  bool whole = false;  // in quotation marks: equal, not only contained

  bool matches(const Metric& metric) const {
    auto holds = [&](const std::shared_ptr<const Term>& term) { return term->matches(metric); };
    switch (kind) {
      case Kind::all: return std::all_of(inner.begin(), inner.end(), holds);
      case Kind::any: return std::any_of(inner.begin(), inner.end(), holds);
      case Kind::none: return std::none_of(inner.begin(), inner.end(), holds);
      case Kind::word: break;
    }
    if (key == "MetricName") return fits(metric.name);
    if (key == "Namespace") return fits(metric.name_space);
    if (!key.empty()) {
      const auto dimension = metric.dimensions.find(key);
      return dimension != metric.dimensions.end() && fits(dimension->second);
    }
    if (fits(metric.name) || fits(metric.name_space)) return true;
    return std::any_of(metric.dimensions.begin(), metric.dimensions.end(),
                       [&](const auto& dimension) { return fits(dimension.first) || fits(dimension.second); });
  }
  bool fits(const std::string& value) const {
    return whole ? equals_ignore_case(value, text) : lower(value).find(lower(text)) != std::string::npos;
  }
};

namespace {

using Term = Search::Term;
using TermPtr = std::shared_ptr<const Term>;

class TermReader {
 public:
  TermReader(const std::string& text, size_t at) : text_(text), at_(at) {}

  /// nullptr: there is none.
  Result<TermPtr> all() {
    TRY(TermPtr term, either());
    skip();
    if (at_ != text_.size()) return bad();
    return term;
  }

 private:
  AwsError bad() const {
    return {errors::validation, "Error in search expression: " + text_};  // unverified: the words
  }
  void skip() {
    while (at_ < text_.size() && (std::isspace(static_cast<unsigned char>(text_[at_])) || text_[at_] == ',')) ++at_;
  }
  bool take(std::string_view word) {
    skip();
    if (text_.compare(at_, word.size(), word) != 0) return false;
    const size_t after = at_ + word.size();
    const bool letters = std::isalpha(static_cast<unsigned char>(word[0]));
    if (letters && after < text_.size() && !std::isspace(static_cast<unsigned char>(text_[after])) &&
        text_[after] != '(')
      return false;
    at_ = after;
    return true;
  }
  static TermPtr several(Term::Kind kind, std::vector<TermPtr> inner) {
    if (inner.size() == 1 && kind != Term::Kind::none) return inner[0];
    auto out = std::make_shared<Term>();
    out->kind = kind;
    out->inner = std::move(inner);
    return out;
  }
  Result<TermPtr> either() {
    if (++depth_ > kNestingMax) return bad();
    std::vector<TermPtr> inner;
    do {
      TRY(TermPtr one, both());
      inner.push_back(std::move(one));
    } while (take("OR"));
    --depth_;
    return several(Term::Kind::any, std::move(inner));
  }
  Result<TermPtr> both() {
    std::vector<TermPtr> inner;
    while (true) {
      take("AND");
      skip();
      if (at_ >= text_.size() || text_[at_] == ')' || text_.compare(at_, 3, "OR ") == 0) break;
      TRY(TermPtr one, unary());
      inner.push_back(std::move(one));
    }
    return several(Term::Kind::all, std::move(inner));
  }
  Result<TermPtr> unary() {
    if (take("NOT")) {
      if (++depth_ > kNestingMax) return bad();
      TRY(TermPtr one, unary());
      --depth_;
      return several(Term::Kind::none, {std::move(one)});
    }
    if (take("(")) {
      TRY(TermPtr inner, either());
      if (!take(")")) return bad();
      return inner;
    }
    Term word;
    TRY_VOID(token(word));
    if (at_ < text_.size() && text_[at_] == '=') {
      ++at_;
      word.key = word.text;
      TRY_VOID(token(word));
    }
    return std::make_shared<const Term>(std::move(word));
  }
  /// Reads the word's text.
  Result<void> token(Term& word) {
    skip();
    if (at_ >= text_.size()) return bad();
    word.whole = text_[at_] == '"';
    const size_t begin = at_ + (word.whole ? 1 : 0);
    const size_t end =
        word.whole ? text_.find('"', begin) : std::min(text_.find_first_of(" \t\n()=,", begin), text_.size());
    if (end == std::string::npos || end == begin) return bad();
    word.text = text_.substr(begin, end - begin);
    at_ = end + (word.whole ? 1 : 0);
    return {};
  }

  const std::string& text_;
  size_t at_;
  int depth_ = 0;
};

std::string trimmed(std::string text) {
  std::erase_if(text, [](char c) { return c == '"'; });
  const size_t begin = text.find_first_not_of(' '), end = text.find_last_not_of(' ');
  return begin == std::string::npos ? "" : text.substr(begin, end - begin + 1);
}

}  // namespace

Result<Search> Search::parse(const std::string& text) {
  Search out;
  size_t at = std::min(text.find_first_not_of(" \t\n"), text.size());
  if (at < text.size() && text[at] == '{') {
    const size_t end = text.find('}', at);
    if (end == std::string::npos) return AwsError(errors::validation, "Error in search expression: " + text);
    std::string schema = text.substr(at + 1, end - at - 1);
    out.has_schema_ = true;
    for (size_t from = 0, part = 0; from <= schema.size(); ++part) {
      const size_t comma = std::min(schema.find(',', from), schema.size());
      std::string name = trimmed(schema.substr(from, comma - from));
      if (part == 0) {
        out.name_space_ = std::move(name);
      } else {
        out.dimensions_.insert(std::move(name));
      }
      from = comma + 1;
    }
    at = end + 1;
  }
  TRY(out.term_, TermReader(text, at).all());
  return out;
}

bool Search::matches(const Metric& metric) const {
  if (has_schema_) {
    if (metric.name_space != name_space_ || metric.dimensions.size() != dimensions_.size()) return false;
    for (const auto& [name, value] : metric.dimensions) {
      if (!dimensions_.contains(name)) return false;
    }
  }
  return !term_ || term_->matches(metric);
}

}  // namespace millrace::cloudwatch
