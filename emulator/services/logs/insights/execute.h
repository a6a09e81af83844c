#pragma once
// Runs a query over groups: records go through its commands from the newest to the oldest.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "emulator/services/logs/event_keys.h"
#include "emulator/services/logs/insights/query.h"
#include "emulator/services/logs/log_groups.h"

namespace millrace::logs::insights {

/// One group that is queried.
struct QueriedGroup {
  Place place;
  std::string name;
  uint64_t id = 0;
  Millis horizon_ms = 0;      // older events are expired
  EventKeys* keys = nullptr;  // of its events; without them they are read as they lie
};

struct Execution {
  Query query;
  std::vector<QueriedGroup> groups;
  Millis from_ms = 0, to_ms = 0;  // both inclusive
  size_t limit = 10'000;          // rows, where the query has no limit command
  Millis now_ms = 0;
};

/// One row: fields and their values in order, absent ones left out.
using Row = std::vector<std::pair<std::string, std::string>>;

struct Outcome {
  std::vector<Row> rows;
  uint64_t matched = 0, scanned = 0, bytes_scanned = 0;
  size_t row_bytes = 0;  // that the rows take in memory, about
  /// Why there is no result: the query held more in memory than it may. Empty: it succeeded.
  std::string failure;
};

/// `stop` is asked now and then; when it says true the outcome is what was found until then.
Outcome execute(const storage::Reader& reader, const Execution& execution, const std::function<bool()>& stop);

/// "<group id>-<time>-<number>", opaque to clients; and back.
std::string record_pointer(uint64_t group_id, const Event& event);
struct RecordPlace {
  uint64_t group_id = 0;
  Position position;
};
std::optional<RecordPlace> parse_record_pointer(const std::string& pointer);

/// The names of a group's streams by their ids.
std::map<uint64_t, std::string> stream_names(const storage::Reader& reader, const Place& place,
                                             const std::string& group);
bool is_lambda_group(const std::string& name);

}  // namespace millrace::logs::insights
