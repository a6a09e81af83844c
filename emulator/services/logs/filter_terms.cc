// Term patterns: `ERROR`, `ERROR WARN` (both), `?ERROR ?WARN` (either), `-DEBUG` (must not), `"exact phrase"`, `%regex%`.

#include <re2/re2.h>

#include <algorithm>
#include <cctype>

#include "emulator/services/logs/filter_pattern.h"

namespace millrace::logs {

namespace {

struct Term {
  enum class Kind { required, optional, excluded } kind = Kind::required;
  std::string text;
  std::shared_ptr<const RE2> regex;

  bool found_in(std::string_view message) const {
    if (regex) return RE2::PartialMatch(re2::StringPiece(message.data(), message.size()), *regex);
    return message.find(text) != std::string_view::npos;
  }
};

class Terms final : public FilterPattern {
 public:
  explicit Terms(std::vector<Term> terms) : terms_(std::move(terms)) {
    for (const Term& term : terms_) has_required_ |= term.kind == Term::Kind::required;
  }

  bool matches(std::string_view message) const override {
    bool any_optional = false, optional_found = false;
    for (const Term& term : terms_) {
      switch (term.kind) {
        case Term::Kind::required:
          if (!term.found_in(message)) return false;
          break;
        case Term::Kind::excluded:
          if (term.found_in(message)) return false;
          break;
        case Term::Kind::optional: any_optional = true; optional_found = optional_found || term.found_in(message);
      }
    }
    // Beside plain terms the optional ones are ignored.
    return has_required_ || !any_optional || optional_found;
  }

 private:
  std::vector<Term> terms_;
  bool has_required_ = false;
};

/// Takes `"a \" b"` off the front; false if it isn't closed.
bool take_quoted(std::string_view& text, std::string& out) {
  size_t i = 1;
  for (; i < text.size() && text[i] != '"'; ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    out.push_back(text[i]);
  }
  if (i >= text.size()) return false;
  text.remove_prefix(i + 1);
  return true;
}

/// Without quotes a term is of letters, digits and underscores.
bool needs_quotes(std::string_view term) {
  return std::any_of(term.begin(), term.end(), [](unsigned char c) { return !(std::isalnum(c) || c == '_'); });
}

/// Takes one term off the front; false if it is malformed.
bool take_term(std::string_view& text, Term& term, std::string& fault) {
  if (text.front() == '?') term.kind = Term::Kind::optional;
  if (text.front() == '-') term.kind = Term::Kind::excluded;
  if (term.kind != Term::Kind::required) text.remove_prefix(1);
  if (text.empty()) return false;
  if (text.front() == '"') return take_quoted(text, term.text);
  if (text.front() == '%') {
    size_t end = text.find('%', 1);
    if (end == std::string_view::npos) return false;
    term.regex = std::make_shared<const RE2>(std::string(text.substr(1, end - 1)), RE2::Quiet);
    text.remove_prefix(end + 1);
    return term.regex->ok();
  }
  size_t end = std::min(text.find_first_of(" \t\n"), text.size());
  term.text = text.substr(0, end);
  text.remove_prefix(end);
  if (needs_quotes(term.text)) fault = "Invalid character(s) in term '" + term.text + "'";
  return !term.text.empty() && !needs_quotes(term.text);
}

}  // namespace

std::shared_ptr<const FilterPattern> compile_terms(std::string_view text, std::string& fault) {
  constexpr auto kExpressionsMax = 2;  // of one pattern
  std::vector<Term> terms;
  while (!text.empty()) {
    if (text.front() == ' ' || text.front() == '\t' || text.front() == '\n') {
      text.remove_prefix(1);
      continue;
    }
    Term term;
    if (!take_term(text, term, fault)) return nullptr;
    terms.push_back(std::move(term));
  }
  if (std::count_if(terms.begin(), terms.end(), [](const Term& term) { return term.regex != nullptr; }) >
      kExpressionsMax)
    return nullptr;
  return std::make_shared<Terms>(std::move(terms));
}

}  // namespace millrace::logs
