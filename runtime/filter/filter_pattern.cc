#include "runtime/filter/filter_pattern.h"

#include <algorithm>
#include <set>

namespace millrace::filter {

namespace {

/// Finds one leaf for each test of a rule such that no two lie in different elements of one array.
class RuleMatcher {
 public:
  RuleMatcher(const std::vector<PathTest>& tests, LeafTable& leaves) : tests_(tests), leaves_(leaves) {}

  bool match() { return match_from(0, {}); }

 private:
  /// The memberships together, or nullopt if they contradict each other.
  static std::optional<Memberships> join(const Memberships& so_far, const Memberships& more) {
    Memberships all = so_far;
    for (const Membership& m : more) {
      auto it = std::find_if(all.begin(), all.end(), [&](const Membership& x) { return x.array == m.array; });
      if (it == all.end())
        all.push_back(m);
      else if (it->element != m.element)
        return std::nullopt;
    }
    return all;
  }

  /// Keeps only the arrays that tests from `next` on have leaves in: the others can't contradict any more.
  /// This bounds the search by the sizes of nested arrays instead of the product of all.
  Memberships still_relevant(const Memberships& memberships, size_t next) {
    Memberships kept;
    if (memberships.empty()) return kept;
    std::set<uint64_t> arrays;
    for (size_t i = next; i < tests_.size(); ++i) {
      for (const Leaf& leaf : leaves_.leaves(tests_[i].path)) {
        for (const Membership& m : leaf.memberships) arrays.insert(m.array);
      }
    }
    for (const Membership& m : memberships) {
      if (arrays.count(m.array)) kept.push_back(m);
    }
    std::sort(kept.begin(), kept.end());
    return kept;
  }

  bool match_from(size_t index, const Memberships& so_far) {
    if (index == tests_.size()) return true;
    const PathTest& test = tests_[index];
    const std::vector<Leaf>& leaves = leaves_.leaves(test.path);
    if (test.absent_suffices) {
      // Absent in this element: a leaf elsewhere in an array that we are inside of doesn't count.
      bool present = std::any_of(leaves.begin(), leaves.end(),
                                 [&](const Leaf& leaf) { return join(so_far, leaf.memberships).has_value(); });
      if (!present && match_from(index + 1, so_far)) return true;
    }
    std::set<Memberships> tried;
    for (const Leaf& leaf : leaves) {
      auto joined = join(so_far, leaf.memberships);
      if (!joined || !any_accepts(test, leaf)) continue;
      if (index + 1 == tests_.size()) return true;
      Memberships next = still_relevant(*joined, index + 1);
      if (!tried.insert(next).second) continue;
      if (match_from(index + 1, next)) return true;
    }
    return false;
  }

  static bool any_accepts(const PathTest& test, const Leaf& leaf) {
    return std::any_of(test.alternatives.begin(), test.alternatives.end(),
                       [&](const Alternative& alternative) { return accepts(alternative, leaf); });
  }

  const std::vector<PathTest>& tests_;
  LeafTable& leaves_;
};

}  // namespace

bool FilterPattern::matches(LeafTable& leaves) const {
  return std::any_of(rules_.begin(), rules_.end(), [&](const Rule& rule) { return RuleMatcher(rule, leaves).match(); });
}

bool FilterPattern::matches(const ports::StreamRecord& record, const RecordSource& source) const {
  RecordLeaves leaves(record, source, paths_);
  return matches(leaves);
}

bool FilterPattern::matches_json(std::string_view document) const {
  JsonLeaves leaves(document, paths_);
  return leaves.valid() && matches(leaves);
}

std::optional<FilterCriteria> FilterCriteria::compile(const std::vector<std::string>& patterns, std::string* problem) {
  FilterCriteria criteria;
  for (const std::string& text : patterns) {
    auto pattern = FilterPattern::compile(text, problem);
    if (!pattern) return std::nullopt;
    criteria.patterns_.push_back(std::move(*pattern));
  }
  return criteria;
}

bool FilterCriteria::passes(const ports::StreamRecord& record, const RecordSource& source) const {
  return patterns_.empty() || std::any_of(patterns_.begin(), patterns_.end(),
                                          [&](const FilterPattern& p) { return p.matches(record, source); });
}

bool FilterCriteria::passes_json(std::string_view document) const {
  return patterns_.empty() || std::any_of(patterns_.begin(), patterns_.end(),
                                          [&](const FilterPattern& p) { return p.matches_json(document); });
}

}  // namespace millrace::filter
