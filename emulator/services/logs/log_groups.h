#pragma once
// How log groups, streams and events lie in the store.
//
// Groups and streams are documents in Family::meta. Events lie in Family::logs twice: by group and time, whole (what
// FilterLogEvents and queries read in order), and by stream and time, as a reference (what GetLogEvents reads).
//
//   event:     'e' group id (8) timestamp (8) number (8)            -> stream id (8) ingestion time (8) message
//   reference: 's' stream id (8) timestamp (8) number (8)           -> group id (8)

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
  uint64_t number = 0;     // unique in the store, in order of arrival
  uint64_t stream_id = 0;
  std::string message;
};

std::string group_key(const Place& place, std::string_view group);
std::string group_prefix(const Place& place);
std::string stream_key(const Place& place, std::string_view group, std::string_view stream);
std::string stream_prefix(const Place& place, std::string_view group);

/// The group's document, or ResourceNotFoundException.
Result<Json> find_group(const storage::Reader& reader, const Place& place, std::string_view group);
Result<Json> find_stream(const storage::Reader& reader, const Place& place, std::string_view group, std::string_view stream);

Json new_group(storage::Txn& txn, const Place& place, const std::string& name, Millis now);
Json new_stream(storage::Txn& txn, const Place& place, const std::string& group, const std::string& name, Millis now);

/// Removes a stream / a group with everything in it.
void erase_stream(storage::Txn& txn, const Place& place, std::string_view group, const Json& stream);
void erase_group(storage::Txn& txn, const Place& place, const Json& group);

/// Appends events (already checked) and updates the stream's document.
struct NewEvent { Millis timestamp_ms; std::string message; };
void append_events(storage::Txn& txn, const Json& group, const std::string& stream_document_key, Json stream,
                   const std::vector<NewEvent>& events, Millis now);

/// A position among events: just before the event with this time and number.
struct Position {
  Millis timestamp_ms = 0;
  uint64_t number = 0;
};

/// Events of a group / of a stream with from <= position < to, in order of time or reversed; `visit` returns false to
/// stop.
using VisitEvent = std::function<bool(const Event&)>;
void each_group_event(const storage::Reader& reader, uint64_t group_id, Position from, Position to, const VisitEvent& visit);
void each_stream_event(const storage::Reader& reader, uint64_t stream_id, Position from, Position to, bool reverse,
                       const VisitEvent& visit);

/// Erases the group's events older than `horizon`.
void trim_group(storage::Txn& txn, const Place& place, const Json& group, Millis horizon);

/// 56 decimal digits, unique, in order of time.
std::string event_id(const Event& event);

}  // namespace millrace::logs
