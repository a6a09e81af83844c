#include "runtime/filter/compile.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>

#include "runtime/filter/filter_pattern.h"

namespace millrace::filter {

namespace {

/// Member names that make an object in a `$or` list something else than a branch.
constexpr std::array reserved_in_or = {"exactly",
                                       "equals-ignore-case",
                                       "prefix",
                                       "suffix",
                                       "anything-but",
                                       "exists",
                                       "wildcard",
                                       "numeric",
                                       "cidr",
                                       "=",
                                       "<",
                                       "<=",
                                       ">",
                                       ">=",
                                       "regex",
                                       "not-wildcard",
                                       "not-equals-ignore-case",
                                       "date-after",
                                       "date-on-or-after",
                                       "date-before",
                                       "date-on-or-before",
                                       "in-date-range",
                                       "ip-address-in-range",
                                       "ip-address-not-in-range"};

constexpr size_t paths_max = 256;      // of one rule, as in the engine
constexpr size_t branches_max = 1000;  // `$or` combinations; unverified: the limit of EventBridge, taken for Lambda

}  // namespace

/// Reads a pattern into its flat rules: path to leaf array, one map per combination of `$or` branches. The
/// same path named twice keeps the later leaf array, wherever the two stand.
class PatternCompiler {
 public:
  PatternCompiler(std::string_view text, bool or_is_operator) : tokens_(text), or_is_operator_(or_is_operator) {}

  bool read() {
    if (tokens_.next() != Token::begin_object) return fail("Filter is not an object");
    return object(rules_, "", false);  // what follows the object isn't looked at, as in the engine
  }

  const std::string& problem() const { return problem_; }
  size_t unread() const { return tokens_.unread(); }

  FilterPattern finish() const {
    FilterPattern pattern;
    for (const Draft& draft : rules_) {
      for (const auto& [path, leaf] : draft) pattern.paths_.push_back(path);
    }
    auto& paths = pattern.paths_;
    std::sort(paths.begin(), paths.end());
    paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
    for (const Draft& draft : rules_) {
      FilterPattern::Rule rule;
      for (const auto& [path, leaf] : draft) {
        size_t index = std::lower_bound(paths.begin(), paths.end(), path) - paths.begin();
        rule.push_back({index, leaf->alternatives, leaf->absent_suffices});
      }
      pattern.rules_.push_back(std::move(rule));
    }
    return pattern;
  }

 private:
  using Draft = std::map<std::string, std::shared_ptr<const LeafArray>>;

  bool fail(std::string reason) {
    problem_ = std::move(reason);
    return false;
  }

  static std::string join(const std::string& parent, std::string_view name, bool top) {
    return top ? std::string(name) : parent + "." + std::string(name);
  }

  bool object(std::vector<Draft>& rules, const std::string& path, bool inside_or, bool top = true) {
    for (bool any = false;; any = true) {
      Token token = tokens_.next();
      if (token == Token::end_object) return any || fail("Empty objects are not allowed");
      if (token != Token::name) return fail("Filter is not valid JSON");
      std::string name(tokens_.text());
      if (or_is_operator_ && name == "$or") {
        if (!or_list(rules, path, top)) return false;
      } else if (inside_or && std::count(reserved_in_or.begin(), reserved_in_or.end(), name)) {
        return fail(name + " is Ruler reserved fieldName which cannot be used inside $or.");
      } else if (!member(rules, join(path, name, top), name, inside_or)) {
        return false;
      }
    }
  }

  bool member(std::vector<Draft>& rules, const std::string& path, const std::string& name, bool inside_or) {
    switch (tokens_.next()) {
      case Token::begin_object: return object(rules, path, inside_or, false);
      case Token::begin_array: break;
      case Token::error:
      case Token::end: return fail("Filter is not valid JSON");
      default: return fail("\"" + name + "\" must be an object or an array");
    }
    auto leaf = std::make_shared<LeafArray>();
    if (!LeafArrayReader(tokens_, problem_).read(*leaf)) return false;
    if (rules.empty()) rules.emplace_back();
    for (Draft& draft : rules) {
      draft[path] = leaf;
      if (draft.size() > paths_max) return fail("Size of rule exceeds max value of " + std::to_string(paths_max));
    }
    return true;
  }

  bool or_list(std::vector<Draft>& rules, const std::string& path, bool top) {
    std::vector<Draft> before = std::move(rules);
    if (before.empty()) before.emplace_back();
    rules.clear();
    if (tokens_.next() != Token::begin_array) return fail("It must be an Array followed with $or.");
    size_t branches = 0;
    for (Token token = tokens_.next(); token != Token::end_array; token = tokens_.next()) {
      if (token != Token::begin_object) return fail("Only JSON object is allowed in array of $or relationship.");
      std::vector<Draft> branch = before;
      if (!object(branch, path, true, top)) return false;
      rules.insert(rules.end(), branch.begin(), branch.end());
      if (rules.size() > branches_max) return fail("Rule is too complex - too many combinations of $or");
      ++branches;
    }
    return branches >= 2 || fail("There must have at least 2 Objects in $or relationship.");
  }

  JsonTokens tokens_;
  bool or_is_operator_;
  std::string problem_;
  std::vector<Draft> rules_;
};

std::optional<FilterPattern> FilterPattern::compile(std::string_view text, std::string* problem, size_t* position) {
  PatternCompiler compiler(text, true);
  if (compiler.read()) return compiler.finish();
  if (problem) *problem = compiler.problem();
  if (position) *position = text.size() - compiler.unread();
  // Where `$or` can't be read as the operator, the engine takes each of them for a field's name.
  PatternCompiler plain(text, false);
  if (!plain.read()) return std::nullopt;
  return plain.finish();
}

}  // namespace millrace::filter
