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

/// A policy that a group keeps.
struct GroupPolicy {
  std::string document;
  Millis updated_ms = 0;
};

struct LogGroup {
  uint64_t id = 0;
  std::string name;
  Millis created_ms = 0;
  std::string log_class = "STANDARD";
  Json tags = Json::object();  // {key: value}
  std::optional<int64_t> retention_days;
  bool deletion_protection = false;
  int64_t metric_filters = 0, subscriptions = 0;  // how many there are
  std::optional<std::string> kms_key_id;          // its ARN
  std::optional<uint64_t> data_key;               // events that come are under it (event_keys.h)
  std::vector<uint64_t> data_keys;                // that and those before it
  std::optional<GroupPolicy> data_protection, index_policy;
};

struct LogStream {
  uint64_t id = 0;
  std::string name;
  Millis created_ms = 0;
  std::optional<Millis> first_event_ms, last_event_ms, last_ingestion_ms;
  int64_t bytes = 0;  // of its messages
};

template <class Form>
void describe(Form& form, GroupPolicy& policy) {
  form.member("document", policy.document);
  form.member("updated_ms", policy.updated_ms);
}

template <class Form>
void describe(Form& form, LogGroup& group) {
  form.version(1);
  form.member("id", group.id);
  form.member("name", group.name);
  form.member("created_ms", group.created_ms);
  form.added("class", group.log_class);
  form.added("tags", group.tags);
  form.member("retention_days", group.retention_days);
  form.added("deletion_protection", group.deletion_protection);
  form.added("metric_filters", group.metric_filters);
  form.added("subscriptions", group.subscriptions);
  form.member("kms_key_id", group.kms_key_id);
  form.member("data_key", group.data_key);
  form.added("data_keys", group.data_keys);
  form.member("data_protection", group.data_protection);
  form.member("index_policy", group.index_policy);
}

template <class Form>
void describe(Form& form, LogStream& stream) {
  form.version(1);
  form.member("id", stream.id);
  form.member("name", stream.name);
  form.member("created_ms", stream.created_ms);
  form.member("first_event_ms", stream.first_event_ms);
  form.member("last_event_ms", stream.last_event_ms);
  form.member("last_ingestion_ms", stream.last_ingestion_ms);
  form.added("bytes", stream.bytes);
}

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

/// ResourceNotFoundException.
Result<LogGroup> find_group(const storage::Reader& reader, const Place& place, std::string_view group);
Result<LogStream> find_stream(const storage::Reader& reader, const Place& place, std::string_view group,
                              std::string_view stream);
void put_group(storage::Txn& txn, const Place& place, const LogGroup& group);

LogGroup new_group(storage::Txn& txn, const Place& place, const std::string& name, Millis now);
LogStream new_stream(storage::Txn& txn, const Place& place, const std::string& group, const std::string& name,
                     Millis now);

/// Removes a stream / a group with everything in it.
void erase_stream(storage::Txn& txn, const Place& place, std::string_view group, const LogStream& stream);
void erase_group(storage::Txn& txn, const Place& place, const LogGroup& group);

/// The next of the numbers that groups, streams, events and data keys have; `count` of them are taken.
uint64_t next_number(storage::Txn& txn, std::string_view what, uint64_t count);

/// Appends events (already checked, at least one) and updates the stream. Returns the first one's number;
/// the others follow it. Operations use accept_events() (arrivals.h), which also tells the group's filters.
struct NewEvent {
  Millis timestamp_ms;
  std::string message;
};
uint64_t append_events(storage::Txn& txn, const LogGroup& group, const std::string& stream_document_key,
                       LogStream stream, const std::vector<NewEvent>& events, Millis now);

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
size_t trim_group(storage::Txn& txn, const Place& place, const LogGroup& group, Millis horizon, size_t limit);

/// Bytes of the group's messages.
int64_t stored_bytes(const storage::Reader& reader, uint64_t group_id);

/// Events older than this are expired: the retention's horizon, or 0 where the group keeps its events for ever.
Millis retention_horizon(const LogGroup& group, Millis now);

/// 56 decimal digits, unique, in order of time.
std::string event_id(const Event& event);

}  // namespace millrace::logs
