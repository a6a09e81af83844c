#include "emulator/services/sqs/service.h"

#include "emulator/base/encoding.h"
#include "emulator/ports/authority.h"
#include "emulator/ports/destinations.h"
#include "emulator/ports/resources.h"
#include "emulator/services/sqs/key_use.h"
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
      under_key(sqs, send_message(sqs), {"GenerateDataKey", "Decrypt"}),
      under_key(sqs, send_message_batch(sqs), {"GenerateDataKey", "Decrypt"}),
      under_key(sqs, receive_message(sqs), {"Decrypt"}),
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

/// The queues as other rooms use them.
struct Backend {
  Backend(const ServiceContext& context, const ports::Ports& ports)
      : sqs(context, ports.share<ports::Encryption>(), ports.find<ports::Metrics>().get()),
        source(sqs),
        authority(ports.get<ports::Authority>()) {
    sqs.authority = &authority;
    resume_move_tasks(sqs);
  }
  Sqs sqs;
  MappingSource source;
  ports::Authority& authority;

  /// Puts a message into the queue, in the sender's name; QueueDoesNotExist if there is none, KMS.AccessDeniedException and
  /// its like if the sender can't use the queue's key. The caller has checked the permission to send.
  Result<void> deliver(const std::string& queue_arn, const ports::Message& message,
                       const ports::Destination::Sender& sender) {
    NewMessage made;
    made.message_id = sqs.context.random.uuid();
    made.body = message.body;
    made.sender_id = sender.account;
    for (const auto& [name, typed] : message.attributes)
      made.message_attributes[name] = {
          {"DataType", typed.first}, {typed.first.starts_with("Binary") ? "BinaryValue" : "StringValue", typed.second}};
    for (const auto& [name, value] : message.system) made.system_attributes[name] = value;
    auto known = find_queue_by_arn(sqs.context.store, queue_arn);
    if (!known) return queue_does_not_exist();
    TRY_VOID(check_key_of_delivery(sqs, *known, sender, authority, {"GenerateDataKey", "Decrypt"}));
    TRY(const auto sealer, sealer_of(sqs, *known));
    return sqs.context.store.transact([&](storage::Txn& txn) -> Result<void> {
      auto queue = find_queue_by_arn(txn, queue_arn);
      if (!queue) return queue_does_not_exist();
      TRY_VOID(read_parameters(*queue, message, made));
      seal_message(sealer, *queue, made);
      Millis now = sqs.context.clock.now_ms();
      send(txn, *queue, made, now);
      sqs.meter.sent(*queue, made.body.size());
      wake_after_commit(txn, sqs, *queue, now + queue->number("DelaySeconds") * 1000);
      return {};
    });
  }

  /// The group and the deduplication id of a message for a FIFO queue.
  static Result<void> read_parameters(const Queue& queue, const ports::Message& message, NewMessage& made) {
    if (!queue.fifo() || message.system.contains("MessageGroupId")) return {};
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

  /// The queue's resource policy; empty if it has none or doesn't exist.
  std::string policy(const std::string& queue_arn) {
    auto queue = find_queue_by_arn(sqs.context.store, queue_arn);
    return queue ? text_of(queue->attributes, "Policy") : "";
  }
};

/// SQS as a target of other services' messages.
ports::Destinations::Target target(Backend* queues) {
  using Sender = ports::Destination::Sender;
  return {.action = "sqs:SendMessage",
          .deliver = [queues](const std::string& arn, const ports::Message& message,
                              const Sender& sender) { return queues->deliver(arn, message, sender); },
          .policy = [queues](const std::string& arn) { return queues->policy(arn); },
          .exists = [queues](const std::string& arn) { return !queues->source.facts(arn).has_error(); }};
}

}  // namespace

Room make_room(const RoomContext& context, ports::Ports& ports) {
  auto queues = std::make_shared<Backend>(context, ports);
  ports.offer<ports::QueueReader>(queues->source);
  ports.get<ports::Destinations>().add("sqs", target(queues.get()));
  ports.get<ports::Resources>().add_policies(
      "sqs", [queues = queues.get()](const std::string& arn) { return queues->policy(arn); });
  Room room{.name = "sqs", .state = queues};
  room.faces.push_back({.service = std::make_shared<SqsQueryService>(all_operations(queues->sqs)),
                        .scopes = {"sqs"},
                        .versions = {"2012-11-05"}});
  room.faces.push_back({.service = std::make_shared<SqsJsonService>(all_operations(queues->sqs)),
                        .scopes = {"sqs"},
                        .targets = {"AmazonSQS"}});
  room.hang_up = [queues = queues.get()] { queues->sqs.waiters.close(); };
  return room;
}

}  // namespace millrace::sqs
