#pragma once
// The aggregate functions of `stats`, each over one group's records, in bounded memory: percentiles and distinct counts
// are exact up to some thousand values and close estimates beyond, as AWS says of its own.

#include <memory>

#include "emulator/services/logs/insights/query.h"

namespace millrace::logs::insights {

class Aggregator {
 public:
  virtual ~Aggregator() = default;
  /// One record's value (absent where it lacks the field) and time.
  virtual void add(const Value& value, Millis timestamp_ms) = 0;
  virtual Value result() const = 0;
};

std::unique_ptr<Aggregator> make_aggregator(const Aggregate& aggregate);

}  // namespace millrace::logs::insights
