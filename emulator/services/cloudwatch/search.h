#pragma once
// SEARCH expressions: `{AWS/Lambda,FunctionName} MetricName="Errors" orders NOT test`. Source: user guide, "Search expression
// syntax".

#include <memory>
#include <set>
#include <string>

#include "emulator/base/result.h"
#include "emulator/services/cloudwatch/points.h"

namespace millrace::cloudwatch {

class Search {
 public:
  /// ValidationError for what can't be read.
  static Result<Search> parse(const std::string& text);
  bool matches(const Metric& metric) const;
  /// Empty: any.
  const std::string& name_space() const { return name_space_; }

  struct Term;

 private:
  std::string name_space_;
  bool has_schema_ = false;
  std::set<std::string> dimensions_;  // of the schema: exactly these
  std::shared_ptr<const Term> term_;  // null: everything
};

}  // namespace millrace::cloudwatch
