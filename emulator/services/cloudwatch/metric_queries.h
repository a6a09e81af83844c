#pragma once
// The queries of GetMetricData, and of alarms over several metrics: each is read when it is asked for.

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "emulator/services/cloudwatch/expression.h"
#include "emulator/services/cloudwatch/state.h"

namespace millrace::cloudwatch {

using Point = std::pair<int64_t, double>;  // a period's begin, and its value

/// One of several series that an expression gives.
struct Found {
  std::string label;
  std::vector<Point> points;
};

/// Reads queries one by one, those that an expression refers to before it. `queries` must outlive it.
class Queries {
 public:
  Queries(CloudWatch& watch, const Scope& scope, const Json& queries, int64_t from_s, int64_t to_s);

  /// What is wrong with any of them whatever was measured (ValidationError and the like); reads no points.
  Result<void> check() const;
  /// Reads that one; error for an expression that refers to itself, or that can't be worked out.
  Result<void> read(const std::string& id) { return read(id, 0); }

  /// Of one that was read.
  const std::vector<Point>& points(const std::string& id) const { return points_.at(id); }
  /// What an expression that gives a list gives; nullptr: it gives one series.
  const std::vector<Found>* several(const std::string& id) const;
  /// True if not all was read that the expression needs: its metrics have more than one request reads.
  bool is_partial(const std::string& id) const { return partial_.contains(id); }
  /// True when so much was read that an answer should end here.
  bool is_spent() const { return numbers_read_ >= kNumbersMax; }
  /// By the query's id, of those that were read.
  const std::map<std::string, std::set<std::string>>& units() const { return units_; }

 private:
  /// Stored points and their single values that one request reads, and what expressions use of them, before it begins no
  /// further query: a third of a second, and some 80 MiB if they all are kept for expressions. A single metric is read whole.
  static constexpr size_t kNumbersMax = 1'000'000;

  Result<void> read(const std::string& id, size_t depth);
  Result<void> read_expression(const std::string& id, const Json& query, size_t depth);
  Result<void> read_used(const std::string& id, const std::vector<std::string>& used, size_t depth);
  Result<void> read_metric(const std::string& id, const Json& stat);
  Result<std::vector<Labelled>> search(const std::string& terms, const std::string& statistic, int64_t period_s);

  CloudWatch& watch_;
  const Scope scope_;
  const Json& queries_;
  int64_t from_s_, to_s_;
  MathInput input_;
  size_t numbers_read_ = 0;
  bool is_cut_ = false;  // something that the expression at hand needs wasn't read
  std::map<std::string, const Json*> by_id_;
  std::map<std::string, int64_t> period_s_;            // of those that were read
  std::map<std::string, std::vector<Point>> points_;   // by the query's id
  std::map<std::string, std::vector<Found>> several_;  // by the query's id, of those that give a list
  std::map<std::string, std::set<std::string>> units_;
  std::set<std::string> partial_;
};

}  // namespace millrace::cloudwatch
