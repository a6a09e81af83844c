#pragma once
// Event filter patterns (Lambda's FilterCriteria): compiled once, matched against typed stream records or
// JSON documents. The language is the one of AWS's published rule engine: facts in the room's README.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/filter/alternative.h"
#include "runtime/filter/leaves.h"

namespace millrace::filter {

class FilterPattern {
 public:
  /// Compiles a pattern's JSON text. nullopt if AWS would refuse it (`Invalid filter pattern definition.`);
  /// `problem` then gets the rule engine's own reason, `position` how many characters were read until then.
  static std::optional<FilterPattern> compile(std::string_view text, std::string* problem = nullptr,
                                              size_t* position = nullptr);

  /// Does the record, as a function would get it, match?
  bool matches(const ports::StreamRecord& record, const RecordSource& source) const;
  /// Does the JSON document match? One that isn't a JSON object matches nothing.
  bool matches_json(std::string_view document) const;
  /// What a record that doesn't match lacks, in words: `eventName is "MODIFY"`, `dynamodb.NewImage.Age.N is absent`.
  /// Of alternatives ($or), the one of which most holds is told.
  std::string why_not(const ports::StreamRecord& record, const RecordSource& source) const;
  std::string why_not_json(std::string_view document) const;

 private:
  friend class PatternCompiler;
  /// All tests must hold, sorted by path.
  using Rule = std::vector<PathTest>;
  bool matches(LeafTable& leaves) const;
  std::string why_not(LeafTable& leaves) const;

  std::vector<std::string> paths_;  // sorted, each once
  std::vector<Rule> rules_;         // any one suffices: `$or` multiplied out
};

/// A mapping's criteria: a record passes if any of the patterns matches, or if there are none.
class FilterCriteria {
 public:
  FilterCriteria() = default;
  /// nullopt if any pattern is invalid.
  static std::optional<FilterCriteria> compile(const std::vector<std::string>& patterns,
                                               std::string* problem = nullptr);
  bool empty() const { return patterns_.empty(); }
  bool passes(const ports::StreamRecord& record, const RecordSource& source) const;
  bool passes_json(std::string_view document) const;
  /// FilterPattern::why_not of each pattern, numbered if there are several.
  std::string why_not(const ports::StreamRecord& record, const RecordSource& source) const;
  std::string why_not_json(std::string_view document) const;

 private:
  std::vector<FilterPattern> patterns_;
};

}  // namespace millrace::filter
