// Why a record doesn't match, for people: off the path of matching.

#include <algorithm>

#include "emulator/base/json.h"
#include "runtime/filter/filter_pattern.h"

namespace millrace::filter {

namespace {

constexpr size_t kValuesShown = 3;
constexpr size_t kTextShown = 60;  // bytes of a value

std::string shown(const Leaf& leaf) {
  switch (leaf.kind) {
    case LeafKind::true_value: return "true";
    case LeafKind::false_value: return "false";
    case LeafKind::null_value: return "null";
    case LeafKind::number: return std::string(leaf.text);
    case LeafKind::string: break;
  }
  if (leaf.text.size() <= kTextShown) return to_text(Json(std::string(leaf.text)));
  return to_text(Json(std::string(leaf.text.substr(0, kTextShown)))) + "...";
}

bool holds(const PathTest& test, const std::vector<Leaf>& leaves) {
  if (leaves.empty()) return test.absent_suffices;
  return std::any_of(leaves.begin(), leaves.end(), [&](const Leaf& leaf) {
    return std::any_of(test.alternatives.begin(), test.alternatives.end(),
                       [&](const Alternative& alternative) { return accepts(alternative, leaf); });
  });
}

std::string described(const std::string& path, const std::vector<Leaf>& leaves) {
  if (leaves.empty()) return path + " is absent";
  std::string values;
  for (size_t i = 0; i < std::min(leaves.size(), kValuesShown); ++i) values += (i > 0 ? ", " : "") + shown(leaves[i]);
  if (leaves.size() > kValuesShown) values += ", ...";
  return path + " is " + values;
}

template <typename Explain>
std::string numbered(size_t count, const Explain& explain) {
  if (count == 1) return explain(0);
  std::string all;
  for (size_t i = 0; i < count; ++i)
    all += (i > 0 ? "; " : "") + ("filter " + std::to_string(i + 1) + ": ") + explain(i);
  return all;
}

}  // namespace

std::string FilterPattern::why_not(LeafTable& leaves) const {
  size_t fewest = SIZE_MAX;
  std::string reason;
  for (const Rule& rule : rules_) {
    size_t failing = 0;
    std::string first;
    for (const PathTest& test : rule) {
      const std::vector<Leaf>& found = leaves.leaves(test.path);
      if (holds(test, found)) continue;
      if (++failing == 1) first = described(paths_[test.path], found);
    }
    if (failing == 0) first = "its conditions hold, but not in one element of an array";
    if (failing >= fewest) continue;
    fewest = failing;
    reason = first;
  }
  return reason;
}

std::string FilterPattern::why_not(const ports::StreamRecord& record, const RecordSource& source) const {
  RecordLeaves leaves(record, source, paths_);
  return why_not(leaves);
}

std::string FilterPattern::why_not_json(std::string_view document) const {
  JsonLeaves leaves(document, paths_);
  return leaves.valid() ? why_not(leaves) : "it is not a JSON object";
}

std::string FilterCriteria::why_not(const ports::StreamRecord& record, const RecordSource& source) const {
  return numbered(patterns_.size(), [&](size_t i) { return patterns_[i].why_not(record, source); });
}

std::string FilterCriteria::why_not_json(std::string_view document) const {
  return numbered(patterns_.size(), [&](size_t i) { return patterns_[i].why_not_json(document); });
}

}  // namespace millrace::filter
