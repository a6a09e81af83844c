#pragma once
// What a function's answer to a batch means, by what AWS does with it.

#include <optional>
#include <string>
#include <vector>

namespace millrace::poller {

struct PartialFailures {
  /// The answer is of no valid form, or names something not in the batch: the whole batch failed.
  bool all = false;
  /// Indexes in the batch of the items named, ascending; empty: none failed.
  std::vector<size_t> failed;
};

/// Reads a ReportBatchItemFailures answer. `ids` are the batch's item identifiers (sequence numbers, message
/// ids).
PartialFailures read_partial_failures(const std::string& answer, const std::vector<std::string>& ids);

/// The `state` of a tumbling window's answer as JSON text; nullopt if it isn't there or no object.
std::optional<std::string> read_window_state(const std::string& answer);

/// What a function's error document says, in a line for people; at most some 200 characters of its message.
std::string error_text(const std::string& document);
/// With the fault rule that made it so, if one did, for those who ask why.
std::string with_fault(std::string reason, const std::string& rule);

}  // namespace millrace::poller
