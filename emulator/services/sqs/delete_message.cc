// DeleteMessage, ChangeMessageVisibility, and their batches.

#include "emulator/services/sqs/sqs.h"

namespace millrace::sqs {

using namespace protocol;

namespace {

const Shape& batch_shape() {
  static const Shape input =
      structure({protocol::optional("QueueUrl", string()),
                 protocol::optional("Entries", list(structure({protocol::optional("Id", string()),
                                                               protocol::optional("ReceiptHandle", string())})))});
  return input;
}

AwsError invalid_handle(const std::string& handle) {
  return {errors::receipt_handle_is_invalid,
          "The input receipt handle \"" + handle + "\" is not a valid receipt handle."};
}

Result<void> delete_one(storage::Txn& txn, Sqs& sqs, const Queue& queue, const Json& entry) {
  std::string handle = text_of(entry, "ReceiptHandle");
  const HandleState state = remove(txn, queue, handle);
  if (state == HandleState::malformed) return invalid_handle(handle);
  sqs.meter.deleted(queue, 1);  // what was deleted before, too [doc]
  if (queue.fifo()) wake_after_commit(txn, sqs, queue, sqs.context.clock.now_ms());  // the next of its group
  return {};
}

Result<void> change_one(storage::Txn& txn, Sqs& sqs, const Queue& queue, const Json& entry) {
  std::string handle = text_of(entry, "ReceiptHandle");
  int64_t timeout_s = number_of(entry, "VisibilityTimeout", -1);
  if (timeout_s < 0 || timeout_s > 43'200)
    return AwsError(errors::invalid_value, "Value " + std::to_string(timeout_s) +
                                               " for parameter VisibilityTimeout is invalid. Reason: VisibilityTimeout "
                                               "must be an integer between 0 and 43200.");
  Millis now = sqs.context.clock.now_ms();
  switch (change_visibility(txn, queue, handle, timeout_s, now)) {
    case HandleState::malformed: return invalid_handle(handle);
    case HandleState::unknown_message:
      return AwsError(errors::invalid_value, "Value " + handle +
                                                 " for parameter ReceiptHandle is invalid. Reason: Message does not "
                                                 "exist or is not available for visibility timeout change.");
    case HandleState::done: wake_after_commit(txn, sqs, queue, now + timeout_s * 1000); return {};
  }
  return {};
}

/// Runs `one` for each entry and sorts the entries by how it went.
template <class One>
Result<Json> run_batch(Sqs& sqs, const Call& call, const char* entry_type, One one) {
  Json entries = call.input.value("Entries", Json::array());
  TRY_VOID(check_batch(entries, entry_type));
  return sqs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY(Queue queue, named_queue(txn, call));
    Json successful = Json::array(), failed = Json::array();
    for (const Json& entry : entries) {
      Result<void> done = one(txn, queue, entry);
      if (done.has_error())
        failed.push_back({{"Id", text_of(entry, "Id")},
                          {"SenderFault", true},
                          {"Code", done.error().kind->code},
                          {"Message", done.error().message}});
      else
        successful.push_back({{"Id", text_of(entry, "Id")}});
    }
    Json out = Json::object();
    if (!successful.empty()) out["Successful"] = successful;
    if (!failed.empty()) out["Failed"] = failed;
    return out;
  });
}

}  // namespace

Operation delete_message(Sqs& sqs) {
  auto handle = [&sqs](Call& call) -> Result<Json> {
    return sqs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(Queue queue, named_queue(txn, call));
      TRY_VOID(delete_one(txn, sqs, queue, call.input));
      return Json();
    });
  };
  return {.name = "DeleteMessage", .access = queue_access(sqs, "DeleteMessage"), .handle = JsonHandler(handle)};
}

Operation delete_message_batch(Sqs& sqs) {
  auto handle = [&sqs](Call& call) {
    return run_batch(sqs, call, "DeleteMessageBatchRequestEntry",
                     [&sqs](storage::Txn& txn, const Queue& queue, const Json& entry) {
                       return delete_one(txn, sqs, queue, entry);
                     });
  };
  return {.name = "DeleteMessageBatch",
          .input = &batch_shape(),
          .access = queue_access(sqs, "DeleteMessage"),
          .handle = JsonHandler(handle)};
}

Operation change_message_visibility(Sqs& sqs) {
  auto handle = [&sqs](Call& call) -> Result<Json> {
    return sqs.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(Queue queue, named_queue(txn, call));
      TRY_VOID(change_one(txn, sqs, queue, call.input));
      return Json();
    });
  };
  return {.name = "ChangeMessageVisibility",
          .access = queue_access(sqs, "ChangeMessageVisibility"),
          .handle = JsonHandler(handle)};
}

Operation change_message_visibility_batch(Sqs& sqs) {
  auto handle = [&sqs](Call& call) {
    return run_batch(sqs, call, "ChangeMessageVisibilityBatchRequestEntry",
                     [&sqs](storage::Txn& txn, const Queue& queue, const Json& entry) {
                       return change_one(txn, sqs, queue, entry);
                     });
  };
  return {.name = "ChangeMessageVisibilityBatch",
          .input = &batch_shape(),
          .access = queue_access(sqs, "ChangeMessageVisibility"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::sqs
