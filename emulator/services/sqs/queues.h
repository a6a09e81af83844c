#pragma once
// How queues and messages lie in the store, and what happens to a message.
//
// A queue is a document in Family::meta. A message lies in Family::queues twice: whole, by its number, and as a
// reference by the time from which it is visible, so that receiving reads from the front.
//
//   message:    'm' queue id (8) number (8)                     -> JSON; "sealed" (base64) instead of "body" and
//                                                                  "attributes" where the queue is under a KMS key
//   reference:  'v' queue id (8) visible from (8) number (8)    -> empty
//
// FIFO queues also remember for five minutes what they took (fifo.cc):
//
//   taken:      'd' queue id (8) SHA-256 (32)                   -> JSON
//   its end:    'x' queue id (8) until (8) SHA-256 (32)         -> empty
//
// and keep their message groups in order (groups.h).

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/json.h"
#include "emulator/base/random.h"
#include "emulator/base/result.h"
#include "emulator/storage/store.h"

namespace millrace::sqs {

/// A queue as its operations see it.
struct Queue {
  uint64_t id = 0;
  std::string account, region, name;
  Millis created_ms = 0, modified_ms = 0;
  Json attributes = Json::object();  // as set, values are texts
  Json tags = Json::object();

  std::string arn() const;
  bool fifo() const;
  /// A numeric attribute, or its default (attributes.h).
  int64_t number(std::string_view attribute) const;
};

std::string queue_key(std::string_view account, std::string_view region, std::string_view name);

template <class Form>
void describe(Form& form, Queue& queue) {
  form.version(1);
  form.member("id", queue.id);
  form.member("account", queue.account);
  form.member("region", queue.region);
  form.member("name", queue.name);
  form.member("created_ms", queue.created_ms);
  form.added("modified_ms", queue.modified_ms);
  form.member("attributes", queue.attributes);
  form.member("tags", queue.tags);
}

std::string queue_prefix(std::string_view account, std::string_view region);
std::optional<Queue> find_queue(const storage::Reader& reader, std::string_view account, std::string_view region,
                                std::string_view name);
std::optional<Queue> find_queue_by_arn(const storage::Reader& reader, const std::string& arn);
std::vector<Queue> list_queues(const storage::Reader& reader, std::string_view account, std::string_view region);
/// Of every account and region.
std::vector<Queue> all_queues(const storage::Reader& reader);
/// Stores the queue; gives it an id if it has none.
void put_queue(storage::Txn& txn, Queue& queue);
void erase_queue(storage::Txn& txn, const Queue& queue);
void erase_messages(storage::Txn& txn, const Queue& queue);

struct NewMessage {
  std::string message_id;
  std::string body;
  Json message_attributes = Json::object();  // name -> {DataType, StringValue | BinaryValue}
  std::string sender_id;
  int64_t delay_s = -1;                     // -1: the queue's own
  Json system_attributes = Json::object();  // AWSTraceHeader, DeadLetterQueueSourceArn, MessageGroupId
  std::string deduplication_id;             // FIFO queues; empty: moved from another queue, taken in any case
  int64_t earlier_receives = 0;             // in the queue that it comes from: ApproximateReceiveCount goes on
  std::string sealed = {};                  // body and attributes under a KMS key (key_use.h): stored in their place
};
/// What the sender is told. For a FIFO queue's duplicate: what the first one got.
struct Sent {
  std::string message_id;
  std::string sequence_number;  // FIFO queues; else empty
};
/// Appends the message; drops a few of the queue's expired ones on the way, so that an unread queue stays bounded by
/// its retention.
Sent send(storage::Txn& txn, const Queue& queue, const NewMessage& message, Millis now);

/// A message handed to a consumer.
struct Received {
  Json
      message;  // as stored: message_id, body and attributes or sealed, sent_ms, receive_count, first_received_ms, sender_id
  std::string receipt_handle;
};
/// Up to `limit` visible messages, invisible from now for `visibility_s`. A message received more often than the
/// queue's redrive policy allows moves to the dead-letter queue instead. A FIFO queue gives them in the order of their
/// sending, and none of a message group of which one is in flight.
std::vector<Received> receive(storage::Txn& txn, const Queue& queue, size_t limit, int64_t visibility_s, Millis now,
                              Random& random);

enum class HandleState { done, unknown_message, malformed };
HandleState remove(storage::Txn& txn, const Queue& queue, const std::string& receipt_handle);
/// Visible again after `visibility_s` (0: at once).
HandleState change_visibility(storage::Txn& txn, const Queue& queue, const std::string& receipt_handle,
                              int64_t visibility_s, Millis now);

struct Counts {
  int64_t visible = 0, in_flight = 0, delayed = 0;
};
Counts count(const storage::Reader& reader, const Queue& queue, Millis now);
/// When the message was sent that has been in the queue for longest; -1: there is none.
Millis oldest_sent_ms(const storage::Reader& reader, const Queue& queue);
/// When the next message becomes visible after `now`; -1 if none will by itself.
Millis next_visible(const storage::Reader& reader, const Queue& queue, Millis now);

// fifo.cc

/// What a FIFO queue took under this deduplication id within the last five minutes.
std::optional<Sent> duplicate_of(storage::Txn& txn, const Queue& queue, const NewMessage& message, Millis now);
void remember_taken(storage::Txn& txn, const Queue& queue, const NewMessage& message, const Sent& sent, Millis now);
/// 20 digits, growing.
std::string sequence_number_text(uint64_t number);

/// Moves up to `limit` messages, oldest first, to `target`, or if that is nullptr to the queues from which they came
/// here as dead letters (those that came otherwise, or whose queue is gone, stay). Returns how many were moved, and
/// wakes their queues by `wake`.
size_t move_messages(storage::Txn& txn, const Queue& queue, const Queue* target, size_t limit, Millis now,
                     const std::function<void(const Queue&)>& wake);

}  // namespace millrace::sqs
