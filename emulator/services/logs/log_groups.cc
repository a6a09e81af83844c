#include "emulator/services/logs/log_groups.h"

#include <fmt/format.h>

#include "emulator/base/arn.h"
#include "emulator/services/logs/errors.h"
#include "emulator/storage/documents.h"

namespace millrace::logs {

using storage::Family;

namespace {

constexpr Millis kEndOfTime = INT64_MAX;

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

std::string event_key(char kind, uint64_t id, Millis timestamp, uint64_t number) {
  std::string key(1, kind);
  storage::append_u64(key, id);
  storage::append_u64(key, static_cast<uint64_t>(timestamp));
  storage::append_u64(key, number);
  return key;
}

uint64_t id_of(const Json& document) { return static_cast<uint64_t>(int_of(document, "id")); }

}  // namespace

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

Result<Json> find_group(const storage::Reader& reader, const Place& place, std::string_view group) {
  auto document = storage::get_document(reader, group_key(place, group));
  if (!document) return AwsError(errors::resource_not_found, "The specified log group does not exist.");
  return std::move(*document);
}

Result<Json> find_stream(const storage::Reader& reader, const Place& place, std::string_view group, std::string_view stream) {
  auto document = storage::get_document(reader, stream_key(place, group, stream));
  if (!document) return AwsError(errors::resource_not_found, "The specified log stream does not exist.");
  return std::move(*document);
}

Json new_group(storage::Txn& txn, const Place& place, const std::string& name, Millis now) {
  Json group{{"id", next_number(txn, "group", 1)}, {"name", name}, {"created_ms", now}, {"class", "STANDARD"}, {"tags", Json::object()}};
  storage::put_document(txn, group_key(place, name), group);
  return group;
}

Json new_stream(storage::Txn& txn, const Place& place, const std::string& group, const std::string& name, Millis now) {
  Json stream{{"id", next_number(txn, "stream", 1)}, {"name", name}, {"created_ms", now}};
  storage::put_document(txn, stream_key(place, group, name), stream);
  return stream;
}

void erase_stream(storage::Txn& txn, const Place& place, std::string_view group, const Json& stream) {
  uint64_t stream_id = id_of(stream);
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
  txn.erase(Family::meta, stream_key(place, group, text_of(stream, "name")));
}

void erase_group(storage::Txn& txn, const Place& place, const Json& group) {
  std::string name = text_of(group, "name");
  uint64_t group_id = id_of(group);
  std::string streams = stream_prefix(place, name);
  storage::each_document(txn, streams, {}, [&](std::string_view, const Json& stream) {
    uint64_t stream_id = id_of(stream);
    txn.erase_range(Family::logs, event_key('s', stream_id, 0, 0), event_key('s', stream_id, kEndOfTime, UINT64_MAX));
    return true;
  });
  txn.erase_range(Family::logs, event_key('e', group_id, 0, 0), event_key('e', group_id, kEndOfTime, UINT64_MAX));
  txn.erase_range(Family::meta, streams, storage::prefix_end(streams));
  txn.erase(Family::meta, group_key(place, name));
}

void append_events(storage::Txn& txn, const Json& group, const std::string& stream_document_key, Json stream,
                   const std::vector<NewEvent>& events, Millis now) {
  if (events.empty()) return;
  uint64_t group_id = id_of(group), stream_id = id_of(stream);
  uint64_t number = next_number(txn, "event", events.size());
  std::string group_reference;
  storage::append_u64(group_reference, group_id);
  Millis first = int_of(stream, "first_event_ms", kEndOfTime), last = int_of(stream, "last_event_ms", 0);
  for (const NewEvent& event : events) {
    std::string value;
    storage::append_u64(value, stream_id);
    storage::append_u64(value, static_cast<uint64_t>(now));
    value += event.message;
    txn.put(Family::logs, event_key('e', group_id, event.timestamp_ms, number), value);
    txn.put(Family::logs, event_key('s', stream_id, event.timestamp_ms, number), group_reference);
    first = std::min(first, event.timestamp_ms);
    last = std::max(last, event.timestamp_ms);
    ++number;
  }
  stream["first_event_ms"] = first;
  stream["last_event_ms"] = last;
  stream["last_ingestion_ms"] = now;
  storage::put_document(txn, stream_document_key, stream);
}

void each_group_event(const storage::Reader& reader, uint64_t group_id, Position from, Position to, const VisitEvent& visit) {
  reader.scan(Family::logs, event_key('e', group_id, from.timestamp_ms, from.number), event_key('e', group_id, to.timestamp_ms, to.number),
              [&](std::string_view key, std::string_view value) {
                Event event;
                key.remove_prefix(9);
                event.timestamp_ms = static_cast<Millis>(storage::take_u64(key).value_or(0));
                event.number = storage::take_u64(key).value_or(0);
                event.stream_id = storage::take_u64(value).value_or(0);
                event.ingested_ms = static_cast<Millis>(storage::take_u64(value).value_or(0));
                event.message = value;
                return visit(event);
              });
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
  if (reverse) reader.scan_reverse(Family::logs, lower, upper, on_reference);
  else reader.scan(Family::logs, lower, upper, on_reference);
}

void trim_group(storage::Txn& txn, const Place& place, const Json& group, Millis horizon) {
  uint64_t group_id = id_of(group);
  txn.erase_range(Family::logs, event_key('e', group_id, 0, 0), event_key('e', group_id, horizon, 0));
  storage::each_document(txn, stream_prefix(place, text_of(group, "name")), {}, [&](std::string_view, const Json& stream) {
    txn.erase_range(Family::logs, event_key('s', id_of(stream), 0, 0), event_key('s', id_of(stream), horizon, 0));
    return true;
  });
}

std::string event_id(const Event& event) { return fmt::format("3{:016d}{:039d}", event.timestamp_ms, event.number); }

}  // namespace millrace::logs
