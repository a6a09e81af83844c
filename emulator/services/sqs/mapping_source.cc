#include "emulator/services/sqs/mapping_source.h"

#include "emulator/base/encoding.h"
#include "emulator/services/sqs/attributes.h"
#include "emulator/services/sqs/key_use.h"
#include "emulator/services/sqs/message_view.h"

namespace millrace::sqs {

namespace {

constexpr ErrorKind kUnderKey{"UnderKey"};  // nobody outside sees it

/// Message attributes as functions get them: {name: {stringValue, stringListValues, binaryListValues, dataType}}.
std::string function_attributes(const Json& attributes) {
  if (attributes.empty()) return "";
  Json out = Json::object();
  for (const auto& [name, value] : attributes.items()) {
    Json one = Json::object();
    if (auto text = optional_text(value, "StringValue")) one["stringValue"] = *text;
    if (auto bytes = optional_text(value, "BinaryValue")) one["binaryValue"] = *bytes;
    one["stringListValues"] = Json::array();
    one["binaryListValues"] = Json::array();
    one["dataType"] = text_of(value, "DataType");
    out[name] = one;
  }
  return to_text(out);
}

ports::QueueMessage for_function(const Received& received) {
  ports::QueueMessage out;
  out.message_id = text_of(received.message, "message_id");
  out.receipt_handle = received.receipt_handle;
  out.body = text_of(received.message, "body");
  out.md5_of_body = to_hex(md5(out.body));
  const Json attributes = system_attributes(received);  // named: items() doesn't keep a temporary alive
  for (const auto& [name, value] : attributes.items()) out.attributes[name] = value.get<std::string>();
  out.message_attributes = function_attributes(received.message["attributes"]);
  out.md5_of_message_attributes = md5_of_attributes(received.message["attributes"]);
  return out;
}

}  // namespace

Result<std::vector<ports::QueueMessage>> MappingSource::receive(const std::string& queue_arn, size_t limit,
                                                                const std::string& role_arn) {
  auto received = take(queue_arn, limit, false);
  if (!received.has_error() || !received.error().is(kUnderKey)) return received;
  if (auto queue = find_queue_by_arn(sqs_.context.store, queue_arn); queue && sqs_.authority && !role_arn.empty())
    TRY_VOID(check_key_of_delivery(sqs_, *queue, {role_arn, "", "", queue->account}, *sqs_.authority, {"Decrypt"}));
  return take(queue_arn, limit, true);
}

Result<std::vector<ports::QueueMessage>> MappingSource::take(const std::string& queue_arn, size_t limit,
                                                             bool key_was_asked) {
  return sqs_.context.store.transact([&](storage::Txn& txn) -> Result<std::vector<ports::QueueMessage>> {
    auto queue = find_queue_by_arn(txn, queue_arn);
    if (!queue) return queue_does_not_exist();
    // KMS can't be asked from within a change.
    if (!key_was_asked && !text_of(queue->attributes, "KmsMasterKeyId").empty()) return AwsError(kUnderKey, "");
    Millis now = sqs_.context.clock.now_ms();
    int64_t visibility_s = queue->number("VisibilityTimeout");
    std::vector<ports::QueueMessage> out;
    for (Received& one : sqs::receive(txn, *queue, limit, visibility_s, now, sqs_.context.random)) {
      if (open_message(sqs_, one.message)) out.push_back(for_function(one));
    }
    sqs_.meter.touched(dead_letter_target(*queue));
    if (!out.empty()) {
      sqs_.meter.received(*queue, out.size());
      wake_after_commit(txn, sqs_, *queue, now + visibility_s * 1000);
    } else if (Millis next = next_visible(txn, *queue, now); next >= 0) {  // also of before the last restart
      wake_after_commit(txn, sqs_, *queue, next);
    }
    return out;
  });
}

void MappingSource::remove(const std::string& queue_arn, const std::vector<std::string>& receipt_handles) {
  sqs_.context.store.submit(
      [this, queue_arn, receipt_handles](storage::Txn& txn) {
        auto queue = find_queue_by_arn(txn, queue_arn);
        if (!queue) return false;
        for (const std::string& handle : receipt_handles) sqs::remove(txn, *queue, handle);
        sqs_.meter.deleted(*queue, receipt_handles.size());
        // The next message of a group may follow now.
        if (queue->fifo()) wake_after_commit(txn, sqs_, *queue, sqs_.context.clock.now_ms());
        return true;
      },
      nullptr);
}

void MappingSource::release(const std::string& queue_arn, const std::vector<std::string>& receipt_handles) {
  sqs_.context.store.submit(
      [this, queue_arn, receipt_handles](storage::Txn& txn) {
        auto queue = find_queue_by_arn(txn, queue_arn);
        if (!queue) return false;
        Millis now = sqs_.context.clock.now_ms();
        for (const std::string& handle : receipt_handles) change_visibility(txn, *queue, handle, 0, now);
        wake_after_commit(txn, sqs_, *queue, now);
        return true;
      },
      nullptr);
}

Result<ports::QueueReader::Facts> MappingSource::facts(const std::string& queue_arn) {
  auto queue = find_queue_by_arn(sqs_.context.store, queue_arn);
  if (!queue) return queue_does_not_exist();
  return Facts{queue->number("VisibilityTimeout"), queue->fifo()};
}

ports::QueueReader::Subscription MappingSource::subscribe(const std::string& queue_arn, std::function<void()> wake) {
  auto queue = find_queue_by_arn(sqs_.context.store, queue_arn);
  return queue ? sqs_.waiters.subscribe(queue->id, std::move(wake)) : nullptr;
}

}  // namespace millrace::sqs
