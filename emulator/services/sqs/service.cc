#include "emulator/services/sqs/service.h"

#include "emulator/base/encoding.h"

#include "emulator/services/sqs/mapping_source.h"
#include "emulator/services/sqs/protocols.h"
#include "emulator/services/sqs/sqs.h"

namespace millrace::sqs {

namespace {

std::vector<protocol::Operation> all_operations(Sqs& sqs) {
  return {
      create_queue(sqs),
      delete_queue(sqs),
      get_queue_url(sqs),
      list_queues_operation(sqs),
      purge_queue(sqs),
      get_queue_attributes(sqs),
      set_queue_attributes(sqs),
      tag_queue(sqs),
      untag_queue(sqs),
      list_queue_tags(sqs),
      send_message(sqs),
      send_message_batch(sqs),
      receive_message(sqs),
      delete_message(sqs),
      delete_message_batch(sqs),
      change_message_visibility(sqs),
      change_message_visibility_batch(sqs),
      list_dead_letter_source_queues(sqs),
      start_message_move_task(sqs),
      list_message_move_tasks(sqs),
      cancel_message_move_task(sqs),
      add_permission(sqs),
      remove_permission(sqs),
  };
}

class Backend final : public SqsBackend {
 public:
  explicit Backend(ServiceContext context) : sqs(context), source_(sqs) {}
  Sqs sqs;

  ports::QueueReader& reader() override { return source_; }

  Result<void> deliver(const std::string& queue_arn, const ports::Message& message,
                       const std::string& sender_id) override {
    NewMessage made;
    made.message_id = sqs.context.random.uuid();
    made.body = message.body;
    made.sender_id = sender_id;
    for (const auto& [name, typed] : message.attributes)
      made.message_attributes[name] = {
          {"DataType", typed.first}, {typed.first.starts_with("Binary") ? "BinaryValue" : "StringValue", typed.second}};
    return sqs.context.store.transact([&](storage::Txn& txn) -> Result<void> {
      auto queue = find_queue_by_arn(txn, queue_arn);
      if (!queue) return queue_does_not_exist();
      TRY_VOID(read_parameters(*queue, message, made));
      Millis now = sqs.context.clock.now_ms();
      send(txn, *queue, made, now);
      wake_after_commit(txn, sqs, *queue, now + queue->number("DelaySeconds") * 1000);
      return {};
    });
  }

  /// The group and the deduplication id of a message for a FIFO queue.
  static Result<void> read_parameters(const Queue& queue, const ports::Message& message, NewMessage& made) {
    if (!queue.fifo()) return {};
    auto parameter = [&](const char* name) {
      auto found = message.parameters.find(name);
      return found == message.parameters.end() ? std::string() : found->second;
    };
    const std::string group = parameter("MessageGroupId");
    if (group.empty())
      return AwsError(errors::missing_parameter, "The request must contain the parameter MessageGroupId.");
    made.system_attributes["MessageGroupId"] = group;
    made.deduplication_id = parameter("MessageDeduplicationId");
    if (made.deduplication_id.empty()) made.deduplication_id = to_hex(sha256(message.body));
    return {};
  }

  std::string policy(const std::string& queue_arn) override {
    auto queue = find_queue_by_arn(sqs.context.store, queue_arn);
    return queue ? text_of(queue->attributes, "Policy") : "";
  }

 private:
  MappingSource source_;
};

}  // namespace

Services make_services(ServiceContext context) {
  auto backend = std::make_shared<Backend>(context);
  Services out;
  out.json = std::make_shared<SqsJsonService>(all_operations(backend->sqs));
  out.query = std::make_shared<SqsQueryService>(all_operations(backend->sqs));
  out.backend = backend;
  out.stop = [backend] { backend->sqs.waiters.close(); };
  return out;
}

}  // namespace millrace::sqs
