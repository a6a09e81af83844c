#pragma once
// The functions of Insights' expressions, and which names are aggregates of `stats`.

#include <string_view>
#include <vector>

#include "emulator/services/logs/insights/value.h"

namespace millrace::logs::insights {

/// What functions may ask for beside their arguments.
struct EvaluationContext {
  Millis now_ms = 0;
  bool earlier_period = false;  // the records that come now are those that `diff` compares with
};

struct Function {
  std::string_view name;  // lower case; queries may write it as they like
  size_t arguments_min, arguments_max;
  Value (*apply)(const std::vector<Value>& arguments, const EvaluationContext& context);
};

/// nullptr if there is no such function.
const Function* find_function(std::string_view name);
bool is_aggregate(std::string_view lower_name);

/// Milliseconds of `5m`, `1h`; nullopt for an unknown unit.
std::optional<double> period_ms(double count, std::string_view unit);

}  // namespace millrace::logs::insights
