#pragma once
// How log groups, streams and events lie in the store.
//
// Groups and streams are documents in Family::meta. Events lie in Family::logs twice: by group and time, whole (what
// FilterLogEvents and queries read in order), and by stream and time, as a reference (what GetLogEvents reads).
//
//   event:     'e' group id (8) timestamp (8) number (8)            -> stream id (8) ingestion time (8) message
//   reference: 's' stream id (8) timestamp (8) number (8)           -> group id (8)
//   bytes:     'b' group id (8)                                     -> bytes of its messages (8)
//
// Also in Family::logs: 'a' arrivals (arrivals.cc), 'm' what metric filters counted (metric_points.cc).

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/json.h"
#include "emulator/base/result.h"
#include "emulator/storage/store.h"

namespace millrace::logs {

/// Where a group lives.
struct Place {
  std::string account;
  std::string region;
};

/// One stored event.
struct Event {
  Millis timestamp_ms = 0;
  Millis ingested_ms = 0;
  uint64_t number = 0;  // unique in the store, in order of arrival
  uint64_t stream_id = 0;
  std::string message;
};

std::string group_key(const Place& place, std::string_view group);
std::string group_prefix(const Place& place);
std::string stream_key(const Place& place, std::string_view group, std::string_view stream);
std::string stream_prefix(const Place& place, std::string_view group);

/// The group's document, or ResourceNotFoundException.
Result<Json> find_group(const storage::Reader& reader, const Place& place, std::string_view group);
Result<Json> find_stream(const storage::Reader& reader, const Place& place, std::string_view group,
                         std::string_view stream);

Json new_group(storage::Txn& txn, const Place& place, const std::string& name, Millis now);
Json new_stream(storage::Txn& txn, const Place& place, const std::string& group, const std::string& name, Millis now);

/// Removes a stream / a group with everything in it.
void erase_stream(storage::Txn& txn, const Place& place, std::string_view group, const Json& stream);
void erase_group(storage::Txn& txn, const Place& place, const Json& group);

/// The next of the numbers that groups, streams, events and data keys have; `count` of them are taken.
uint64_t next_number(storage::Txn& txn, std::string_view what, uint64_t count);

/// Appends events (already checked, at least one) and updates the stream's document. Returns the first one's number;
/// the others follow it. Operations use accept_events() (arrivals.h), which also tells the group's filters.
struct NewEvent {
  Millis timestamp_ms;
  std::string message;
};
uint64_t append_events(storage::Txn& txn, const Json& group, const std::string& stream_document_key, Json stream,
                       const std::vector<NewEvent>& events, Millis now);

/// A position among events: just before the event with this time and number.
struct Position {
  Millis timestamp_ms = 0;
  uint64_t number = 0;
};

/// Events of a group / of a stream with from <= position < to, in order of time or reversed; `visit` returns false to
/// stop. Messages are as they lie: EventKeys::opening (event_keys.h) gives them as they came.
using VisitEvent = std::function<bool(const Event&)>;
void each_group_event(const storage::Reader& reader, uint64_t group_id, Position from, Position to,
                      const VisitEvent& visit);
void each_group_event_reverse(const storage::Reader& reader, uint64_t group_id, Position from, Position to,
                              const VisitEvent& visit);
void each_stream_event(const storage::Reader& reader, uint64_t stream_id, Position from, Position to, bool reverse,
                       const VisitEvent& visit);

/// Erases the group's oldest events, those older than `horizon`, at most `limit` of them. Returns how many it erased.
size_t trim_group(storage::Txn& txn, const Place& place, const Json& group, Millis horizon, size_t limit);

/// Bytes of the group's messages.
int64_t stored_bytes(const storage::Reader& reader, uint64_t group_id);

/// Events older than this are expired: the retention's horizon, or 0 where the group keeps its events for ever.
Millis retention_horizon(const Json& group, Millis now);

/// 56 decimal digits, unique, in order of time.
std::string event_id(const Event& event);

inline uint64_t id_of(const Json& document) {
  return static_cast<uint64_t>(int_of(document, "id"));
}

}  // namespace millrace::logs
