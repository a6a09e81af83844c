#include "runtime/poller/event_json.h"

#include "emulator/base/attribute/item_json.h"

namespace millrace::poller {

namespace {

constexpr size_t name_bytes_max = 200;

std::string name_of(ports::EventName event_name, std::string_view keys) {
  std::string name = std::string(ports::event_name_text(event_name)) + " ";
  if (keys.size() <= name_bytes_max) return name.append(keys);
  return name.append(keys.substr(0, name_bytes_max)) + "...";
}

}  // namespace

std::string record_name(const ports::StreamRecord& record) {
  std::string keys;
  append_json(keys, record.keys);
  return name_of(record.event_name, keys);
}

std::string record_name(const PendingRecord& record) {
  return name_of(record.event_name, std::string_view(record.json).substr(record.keys_at, record.keys_size));
}

void render_record(PendingRecord& pending, const ports::StreamRecord& record, const filter::RecordSource& source) {
  std::string& out = pending.json;
  pending.sequence_number = record.sequence_number;
  pending.created_ms = record.created_ms;
  pending.event_name = record.event_name;
  out += R"({"eventID":")";
  out += record.event_id;
  out += R"(","eventName":")";
  out += ports::event_name_text(record.event_name);
  out += R"(","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":")";
  out += source.region;
  out += R"(","dynamodb":{"ApproximateCreationDateTime":)";
  out += std::to_string(record.created_ms / 1000);
  out += R"(.0,"Keys":)";
  pending.keys_at = out.size();
  append_json(out, record.keys);
  pending.keys_size = out.size() - pending.keys_at;
  if (record.new_image) {
    out += R"(,"NewImage":)";
    append_json(out, *record.new_image);
  }
  if (record.old_image) {
    out += R"(,"OldImage":)";
    append_json(out, *record.old_image);
  }
  out += R"(,"SequenceNumber":")";
  out += record.sequence_number;
  out += R"(","SizeBytes":)";
  out += std::to_string(record.size_bytes);
  out += R"(,"StreamViewType":")";
  out += record.view_type;
  out += R"("})";
  if (record.by_ttl) out += R"(,"userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"})";
  out += R"(,"eventSourceARN":)";
  append_json_string(out, source.stream_arn);
  out += '}';
}

uint64_t item_hash(const ports::StreamRecord& record) {
  std::string keys;
  append_json(keys, record.keys);
  uint64_t hash = 14695981039346656037u;  // FNV-1a: the same in each run, so restarts keep the lanes
  for (unsigned char c : keys) hash = (hash ^ c) * 1099511628211u;
  return hash;
}

std::string event_payload(const std::vector<PendingRecord>& records, const WindowEvent* window,
                          const std::string& stream_arn) {
  size_t size = 64;
  for (const PendingRecord& record : records) size += record.json.size() + 1;
  std::string out;
  out.reserve(size + (window ? window->window.state.size() + 300 : 0));
  out += R"({"Records":[)";
  for (const PendingRecord& record : records) {
    if (&record != &records.front()) out += ',';
    out += record.json;
  }
  out += ']';
  if (window) {
    out += R"(,"window":{"start":")" + iso_seconds(window->window.start_ms) + R"(","end":")" +
           iso_seconds(window->end_ms) + R"("},"state":)" + window->window.state + R"(,"shardId":)";
    append_json_string(out, window->shard_id);
    out += R"(,"eventSourceARN":)";
    append_json_string(out, stream_arn);
    out += window->final ? R"(,"isFinalInvokeForWindow":true)" : R"(,"isFinalInvokeForWindow":false)";
    out += window->terminated_early ? R"(,"isWindowTerminatedEarly":true)" : R"(,"isWindowTerminatedEarly":false)";
  }
  out += '}';
  return out;
}

}  // namespace millrace::poller
