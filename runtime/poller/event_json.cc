#include "runtime/poller/event_json.h"

#include "emulator/base/attribute/item_json.h"

namespace millrace::poller {

void append_record_json(std::string& out, const ports::StreamRecord& record,
                        const filter::RecordSource& source) {
  out += R"({"eventID":")";
  out += record.event_id;
  out += R"(","eventName":")";
  out += ports::event_name_text(record.event_name);
  out += R"(","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":")";
  out += source.region;
  out += R"(","dynamodb":{"ApproximateCreationDateTime":)";
  out += std::to_string(record.created_ms / 1000);
  out += R"(.0,"Keys":)";
  append_json(out, record.keys);
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
    out += window->terminated_early ? R"(,"isWindowTerminatedEarly":true)"
                                    : R"(,"isWindowTerminatedEarly":false)";
  }
  out += '}';
  return out;
}

}  // namespace millrace::poller
