#include "emulator/services/logs/log_groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "emulator/base/arn.h"
#include "emulator/services/logs/errors.h"
#include "emulator/services/logs/event_keys.h"
#include "emulator/storage/document_form.h"

namespace millrace::logs {

using storage::Family;

namespace {

constexpr Millis kEndOfTime = INT64_MAX;

std::string event_key(char kind, uint64_t id, Millis timestamp, uint64_t number) {
  std::string key(1, kind);
  storage::append_u64(key, id);
  storage::append_u64(key, static_cast<uint64_t>(timestamp));
  storage::append_u64(key, number);
  return key;
}

std::string bytes_key(uint64_t group_id) {
  std::string key(1, 'b');
  storage::append_u64(key, group_id);
  return key;
}

void add_bytes(storage::Txn& txn, uint64_t group_id, int64_t change) {
  std::string value;
  storage::append_u64(value, static_cast<uint64_t>(std::max<int64_t>(0, stored_bytes(txn, group_id) + change)));
  txn.put(Family::logs, bytes_key(group_id), value);
}

/// Documents that belong to a group beside its streams.
constexpr const char* kBelongings[] = {"subscription", "metric_filter", "group_policy"};

Event parse_event(std::string_view key, std::string_view value) {
  Event event;
  key.remove_prefix(9);
  event.timestamp_ms = static_cast<Millis>(storage::take_u64(key).value_or(0));
  event.number = storage::take_u64(key).value_or(0);
  event.stream_id = storage::take_u64(value).value_or(0);
  event.ingested_ms = static_cast<Millis>(storage::take_u64(value).value_or(0));
  event.message = value;
  return event;
}

}  // namespace

uint64_t next_number(storage::Txn& txn, std::string_view what, uint64_t count) {
  std::string key = storage::document_key({"logs", "numbers", what});
  uint64_t next = 1;
  if (auto stored = txn.get(Family::meta, key)) {
    std::string_view bytes = *stored;
    next = storage::take_u64(bytes).value_or(1);
  }
  std::string after;
  storage::append_u64(after, next + count);
  txn.put(Family::meta, key, after);
  return next;
}

int64_t stored_bytes(const storage::Reader& reader, uint64_t group_id) {
  auto stored = reader.get(Family::logs, bytes_key(group_id));
  if (!stored) return 0;
  std::string_view bytes = *stored;
  return static_cast<int64_t>(storage::take_u64(bytes).value_or(0));
}

Millis retention_horizon(const LogGroup& group, Millis now) {
  constexpr Millis kDay = 86'400'000;
  return group.retention_days ? std::max<Millis>(0, now - *group.retention_days * kDay) : 0;
}

std::string group_key(const Place& place, std::string_view group) {
  return storage::document_key({"logs", place.account, place.region, "group", group});
}
std::string group_prefix(const Place& place) {
  return storage::document_key({"logs", place.account, place.region, "group"});
}
std::string stream_key(const Place& place, std::string_view group, std::string_view stream) {
  return storage::document_key({"logs", place.account, place.region, "stream", group, stream});
}
std::string stream_prefix(const Place& place, std::string_view group) {
  return storage::document_key({"logs", place.account, place.region, "stream", group});
}

Result<LogGroup> find_group(const storage::Reader& reader, const Place& place, std::string_view group) {
  auto found = storage::get_model<LogGroup>(reader, group_key(place, group));
  if (!found) return AwsError(errors::resource_not_found, "The specified log group does not exist.");
  return std::move(*found);
}

Result<LogStream> find_stream(const storage::Reader& reader, const Place& place, std::string_view group,
                              std::string_view stream) {
  auto found = storage::get_model<LogStream>(reader, stream_key(place, group, stream));
  if (!found) return AwsError(errors::resource_not_found, "The specified log stream does not exist.");
  return std::move(*found);
}

void put_group(storage::Txn& txn, const Place& place, const LogGroup& group) {
  storage::put_model(txn, group_key(place, group.name), group);
}

LogGroup new_group(storage::Txn& txn, const Place& place, const std::string& name, Millis now) {
  LogGroup group{.id = next_number(txn, "group", 1), .name = name, .created_ms = now};
  put_group(txn, place, group);
  return group;
}

LogStream new_stream(storage::Txn& txn, const Place& place, const std::string& group, const std::string& name,
                     Millis now) {
  LogStream stream{.id = next_number(txn, "stream", 1), .name = name, .created_ms = now};
  storage::put_model(txn, stream_key(place, group, name), stream);
  return stream;
}

void erase_stream(storage::Txn& txn, const Place& place, std::string_view group, const LogStream& stream) {
  uint64_t stream_id = stream.id;
  if (auto found = storage::get_model<LogGroup>(txn, group_key(place, group))) add_bytes(txn, found->id, -stream.bytes);
  // References lead to the events; the events of other streams lie between them.
  txn.scan(Family::logs, event_key('s', stream_id, 0, 0), event_key('s', stream_id, kEndOfTime, UINT64_MAX),
           [&](std::string_view key, std::string_view value) {
             uint64_t group_id = storage::take_u64(value).value_or(0);
             key.remove_prefix(9);
             auto timestamp = static_cast<Millis>(storage::take_u64(key).value_or(0));
             txn.erase(Family::logs, event_key('e', group_id, timestamp, storage::take_u64(key).value_or(0)));
             return true;
           });
  txn.erase_range(Family::logs, event_key('s', stream_id, 0, 0), event_key('s', stream_id, kEndOfTime, UINT64_MAX));
  txn.erase(Family::meta, stream_key(place, group, stream.name));
}

void erase_group(storage::Txn& txn, const Place& place, const LogGroup& group) {
  const std::string& name = group.name;
  uint64_t group_id = group.id;
  std::string streams = stream_prefix(place, name);
  storage::each_model<LogStream>(txn, streams, {}, [&](const LogStream& stream) {
    txn.erase_range(Family::logs, event_key('s', stream.id, 0, 0), event_key('s', stream.id, kEndOfTime, UINT64_MAX));
    return true;
  });
  txn.erase_range(Family::logs, event_key('e', group_id, 0, 0), event_key('e', group_id, kEndOfTime, UINT64_MAX));
  txn.erase_range(Family::meta, streams, storage::prefix_end(streams));
  for (const char* kind : kBelongings) {
    std::string prefix = storage::document_key({"logs", place.account, place.region, kind, name});
    txn.erase_range(Family::meta, prefix, storage::prefix_end(prefix));
  }
  erase_data_keys(txn, group);
  txn.erase(Family::logs, bytes_key(group_id));
  txn.erase(Family::meta, group_key(place, name));
}

uint64_t append_events(storage::Txn& txn, const LogGroup& group, const std::string& stream_document_key,
                       LogStream stream, const std::vector<NewEvent>& events, Millis now) {
  uint64_t group_id = group.id, stream_id = stream.id;
  uint64_t first_number = next_number(txn, "event", events.size()), number = first_number;
  int64_t bytes = 0;
  std::string group_reference;
  storage::append_u64(group_reference, group_id);
  Millis first = stream.first_event_ms.value_or(kEndOfTime), last = stream.last_event_ms.value_or(0);
  for (const NewEvent& event : events) {
    std::string value;
    storage::append_u64(value, stream_id);
    storage::append_u64(value, static_cast<uint64_t>(now));
    value += event.message;
    txn.put(Family::logs, event_key('e', group_id, event.timestamp_ms, number), value);
    txn.put(Family::logs, event_key('s', stream_id, event.timestamp_ms, number), group_reference);
    bytes += message_bytes(event.message);
    first = std::min(first, event.timestamp_ms);
    last = std::max(last, event.timestamp_ms);
    ++number;
  }
  stream.first_event_ms = first;
  stream.last_event_ms = last;
  stream.last_ingestion_ms = now;
  stream.bytes += bytes;
  storage::put_model(txn, stream_document_key, stream);
  add_bytes(txn, group_id, bytes);
  return first_number;
}

void each_group_event(const storage::Reader& reader, uint64_t group_id, Position from, Position to,
                      const VisitEvent& visit) {
  reader.scan(Family::logs, event_key('e', group_id, from.timestamp_ms, from.number),
              event_key('e', group_id, to.timestamp_ms, to.number),
              [&](std::string_view key, std::string_view value) { return visit(parse_event(key, value)); });
}

void each_group_event_reverse(const storage::Reader& reader, uint64_t group_id, Position from, Position to,
                              const VisitEvent& visit) {
  reader.scan_reverse(Family::logs, event_key('e', group_id, from.timestamp_ms, from.number),
                      event_key('e', group_id, to.timestamp_ms, to.number),
                      [&](std::string_view key, std::string_view value) { return visit(parse_event(key, value)); });
}

void each_stream_event(const storage::Reader& reader, uint64_t stream_id, Position from, Position to, bool reverse,
                       const VisitEvent& visit) {
  auto on_reference = [&](std::string_view key, std::string_view value) {
    Event event;
    event.stream_id = stream_id;
    uint64_t group_id = storage::take_u64(value).value_or(0);
    key.remove_prefix(9);
    event.timestamp_ms = static_cast<Millis>(storage::take_u64(key).value_or(0));
    event.number = storage::take_u64(key).value_or(0);
    auto stored = reader.get(Family::logs, event_key('e', group_id, event.timestamp_ms, event.number));
    if (!stored) return true;  // trimmed between the two reads
    std::string_view bytes = *stored;
    storage::take_u64(bytes);
    event.ingested_ms = static_cast<Millis>(storage::take_u64(bytes).value_or(0));
    event.message = bytes;
    return visit(event);
  };
  std::string lower = event_key('s', stream_id, from.timestamp_ms, from.number);
  std::string upper = event_key('s', stream_id, to.timestamp_ms, to.number);
  if (reverse)
    reader.scan_reverse(Family::logs, lower, upper, on_reference);
  else
    reader.scan(Family::logs, lower, upper, on_reference);
}

size_t trim_group(storage::Txn& txn, const Place& place, const LogGroup& group, Millis horizon, size_t limit) {
  uint64_t group_id = group.id;
  std::map<uint64_t, int64_t> bytes_by_stream;
  Position end{horizon, 0};
  size_t count = 0;
  int64_t bytes = 0;
  each_group_event(txn, group_id, {0, 0}, end, [&](const Event& event) {
    if (count == limit) {
      end = {event.timestamp_ms, event.number};
      return false;
    }
    ++count;
    bytes += message_bytes(event.message);
    bytes_by_stream[event.stream_id] += message_bytes(event.message);
    return true;
  });
  if (!count) return 0;
  txn.erase_range(Family::logs, event_key('e', group_id, 0, 0), event_key('e', group_id, end.timestamp_ms, end.number));
  for (LogStream& stream : storage::list_models<LogStream>(txn, stream_prefix(place, group.name))) {
    auto trimmed = bytes_by_stream.find(stream.id);
    if (trimmed == bytes_by_stream.end()) continue;
    std::string from = event_key('s', stream.id, 0, 0), to = event_key('s', stream.id, end.timestamp_ms, end.number);
    txn.erase_range(Family::logs, from, to);
    stream.bytes = std::max<int64_t>(0, stream.bytes - trimmed->second);
    Millis first = stream.last_event_ms.value_or(0);
    each_stream_event(txn, stream.id, end, {kEndOfTime, 0}, false, [&](const Event& event) {
      first = event.timestamp_ms;
      return false;
    });
    stream.first_event_ms = first;
    storage::put_model(txn, stream_key(place, group.name, stream.name), stream);
  }
  add_bytes(txn, group_id, -bytes);
  return count;
}

std::string event_id(const Event& event) {
  return fmt::format("3{:016d}{:039d}", event.timestamp_ms, event.number);
}

}  // namespace millrace::logs
