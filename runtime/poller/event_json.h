#pragma once
// The documents that functions get from a stream, as AWS sends them.

#include <string>
#include <vector>

#include "runtime/poller/settings.h"

namespace millrace::poller {

/// A record that passed the filter, rendered once when it was read.
struct PendingRecord {
  std::string sequence_number;
  Millis created_ms = 0;
  size_t lane = 0;
  std::string json;  // its element of Records
  ports::EventName event_name = ports::EventName::insert;
  size_t keys_at = 0, keys_size = 0;  // where the item's keys stand in `json`
};

/// Renders the record as its element of `Records`.
void render_record(PendingRecord& out, const ports::StreamRecord& record, const filter::RecordSource& source);

/// How a record is called when people ask what became of it: `INSERT {"UserId":{"S":"ada"}}`, cut off when it is long.
std::string record_name(const ports::StreamRecord& record);
/// The same of one that was rendered.
std::string record_name(const PendingRecord& record);

/// A number that is equal for records of the same item: decides the lane.
uint64_t item_hash(const ports::StreamRecord& record);

/// A tumbling window of a shard: [start, end) by the records' creation times.
struct WindowState {
  Millis start_ms = 0;
  std::string state = "{}";  // JSON object, as returned by the function
};

/// What a tumbling-window event carries beside its records.
struct WindowEvent {
  WindowState window;
  Millis end_ms = 0;
  std::string shard_id;
  bool final = false;
  bool terminated_early = false;
};

/// `{"Records":[...]}`; with `window` the further members follow.
std::string event_payload(const std::vector<PendingRecord>& records, const WindowEvent* window,
                          const std::string& stream_arn);

}  // namespace millrace::poller
