#pragma once

#include "emulator/services/logs/insights/functions.h"
#include "emulator/services/logs/insights/query.h"
#include "emulator/services/logs/insights/record.h"

namespace millrace::logs::insights {

/// The expression's value for a record; `aggregates` are the results that aggregate nodes refer to.
Value evaluate(const Expression& expression, const Record& record, const EvaluationContext& context,
               const std::vector<Value>* aggregates = nullptr);

}  // namespace millrace::logs::insights
