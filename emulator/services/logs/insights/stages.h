#pragma once
// A query's commands at work: each is a stage that records are pushed through.

#include <memory>

#include "emulator/services/logs/insights/execute.h"
#include "emulator/services/logs/insights/functions.h"
#include "emulator/services/logs/insights/record.h"

namespace millrace::logs::insights {

class Stage {
 public:
  virtual ~Stage() = default;
  /// False if no further record is wanted.
  virtual bool push(Record record) = 0;
  /// No more records come: what was held back goes on.
  virtual void finish() = 0;
};

/// What a query may hold at once, in all its stages; beyond it the query fails.
struct Holding {
  static constexpr size_t kBytesMax = 48u << 20;
  size_t bytes = 0;
  bool exceeded = false;
  /// False at the bound.
  bool add(size_t more) {
    bytes += more;
    exceeded = exceeded || bytes > kBytesMax;
    return !exceeded;
  }
  void remove(size_t less) { bytes -= std::min(bytes, less); }
};

/// The query's stages, the last of which makes rows. The references outlive the stages.
std::unique_ptr<Stage> make_stages(const Query& query, size_t limit, const EvaluationContext& context, Holding& holding,
                                   Outcome& outcome);

/// Whether a command looks at one record at a time: fields, display, filter, parse.
bool is_row_wise(const Command& command);
/// Row-wise commands before `next`.
std::unique_ptr<Stage> make_row_wise_stages(const std::vector<Command>& commands, const EvaluationContext& context,
                                            std::unique_ptr<Stage> next);

}  // namespace millrace::logs::insights
