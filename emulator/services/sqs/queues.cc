#include "emulator/services/sqs/queues.h"

#include <algorithm>

#include "emulator/base/arn.h"
#include "emulator/base/encoding.h"
#include "emulator/base/trace.h"
#include "emulator/services/sqs/attributes.h"
#include "emulator/services/sqs/groups.h"
#include "emulator/storage/document_form.h"

namespace millrace::sqs {

using storage::Family;

std::string queue_key(std::string_view account, std::string_view region, std::string_view name) {
  return storage::document_key({"sqs", account, region, "queue", name});
}

namespace {

constexpr int kExpiredDroppedPerSend = 8;
constexpr size_t kCountedMax = 200'000;  // the counts are approximate by name; beyond this they stay at it

std::string message_key(uint64_t queue, uint64_t number) {
  std::string key = "m";
  storage::append_u64(key, queue);
  storage::append_u64(key, number);
  return key;
}

std::string reference_key(uint64_t queue, Millis visible_from, uint64_t number) {
  std::string key = "v";
  storage::append_u64(key, queue);
  storage::append_u64(key, static_cast<uint64_t>(std::max<Millis>(visible_from, 0)));
  storage::append_u64(key, number);
  return key;
}

uint64_t next_number(storage::Txn& txn, std::string_view what) {
  std::string key = storage::document_key({"sqs", "numbers", what}), after;
  uint64_t next = 1;
  if (auto stored = txn.get(Family::meta, key)) {
    std::string_view bytes = *stored;
    next = storage::take_u64(bytes).value_or(1);
  }
  storage::append_u64(after, next + 1);
  txn.put(Family::meta, key, after);
  return next;
}

constexpr size_t kMovedLookaheadMax = 20'000;  // messages from the front that are sorted to be moved on

/// The queue's references that are visible from `from` on and before `to`, soonest first.
void each_reference(const storage::Reader& reader, uint64_t queue, Millis from, Millis to,
                    const std::function<bool(Reference)>& visit) {
  reader.scan(Family::queues, reference_key(queue, from, 0), reference_key(queue, to, 0),
              [&](std::string_view key, std::string_view) {
                key.remove_prefix(9);
                Reference reference;
                reference.visible_from = static_cast<Millis>(storage::take_u64(key).value_or(0));
                reference.number = storage::take_u64(key).value_or(0);
                return visit(reference);
              });
}

std::optional<Json> get_message(const storage::Reader& reader, uint64_t queue, uint64_t number) {
  auto text = reader.get(Family::queues, message_key(queue, number));
  return text ? parse_json(*text) : std::nullopt;
}

/// `message`: as it is stored; nothing if only its reference is left.
void erase_message(storage::Txn& txn, const Queue& queue, const std::optional<Json>& message, Reference reference) {
  txn.erase(Family::queues, message_key(queue.id, reference.number));
  txn.erase(Family::queues, reference_key(queue.id, reference.visible_from, reference.number));
  if (queue.fifo() && message) erase_from_group(txn, queue.id, reference.number, group_of(*message));
}

/// Moves the message's reference to another time and stores what changed in it.
void move_message(storage::Txn& txn, const Queue& queue, uint64_t number, Json& message, Millis visible_from) {
  txn.erase(Family::queues, reference_key(queue.id, int_of(message, "visible_ms"), number));
  message["visible_ms"] = visible_from;
  txn.put(Family::queues, reference_key(queue.id, visible_from, number), "");
  txn.put(Family::queues, message_key(queue.id, number), to_text(message));
  if (queue.fifo()) put_in_group(txn, queue.id, number, message);
}

bool expired(const Queue& queue, const Json& message, Millis now) {
  return int_of(message, "sent_ms") + queue.number("MessageRetentionPeriod") * 1000 <= now;
}

/// The dead-letter queue that this message has to go to now, if any.
std::optional<Queue> dead_letter_queue(const storage::Reader& reader, const Queue& queue, const Json& message) {
  auto policy = parse_json(text_of(queue.attributes, "RedrivePolicy"));
  if (!policy) return std::nullopt;
  const Json* max = find(*policy, "maxReceiveCount");
  int64_t limit = !max               ? 0
                  : max->is_string() ? std::strtoll(max->get<std::string>().c_str(), nullptr, 10)
                  : max->is_number() ? max->get<int64_t>()
                                     : 0;
  if (limit <= 0 || int_of(message, "receive_count") < limit) return std::nullopt;
  return find_queue_by_arn(reader, text_of(*policy, "deadLetterTargetArn"));
}

/// `<number>.<token>` in base64: opaque to clients.
std::string make_handle(uint64_t number, const std::string& token) {
  return to_base64(std::to_string(number) + "." + token);
}

struct Handle {
  uint64_t number;
  std::string token;
};
std::optional<Handle> parse_handle(const std::string& text) {
  auto plain = from_base64(text);
  if (!plain) return std::nullopt;
  size_t dot = plain->find('.');
  if (dot == std::string::npos || dot == 0 || dot > 19 || plain->find_first_not_of("0123456789") != dot)
    return std::nullopt;
  return Handle{std::strtoull(plain->c_str(), nullptr, 10), plain->substr(dot + 1)};
}

}  // namespace

bool Queue::fifo() const {
  return name.ends_with(".fifo");
}

std::string Queue::arn() const {
  return make_arn("sqs", region, account, name);
}

int64_t Queue::number(std::string_view attribute) const {
  std::string text = text_of(attributes, attribute);
  return text.empty() ? default_number(attribute).value_or(0) : std::strtoll(text.c_str(), nullptr, 10);
}

std::string queue_prefix(std::string_view account, std::string_view region) {
  return storage::document_key({"sqs", account, region, "queue"});
}

std::optional<Queue> find_queue(const storage::Reader& reader, std::string_view account, std::string_view region,
                                std::string_view name) {
  return storage::get_model<Queue>(reader, queue_key(account, region, name));
}

std::optional<Queue> find_queue_by_arn(const storage::Reader& reader, const std::string& text) {
  auto arn = Arn::parse(text);
  if (!arn || arn->service != "sqs") return std::nullopt;
  return find_queue(reader, arn->account, arn->region, arn->resource);
}

std::vector<Queue> list_queues(const storage::Reader& reader, std::string_view account, std::string_view region) {
  return storage::list_models<Queue>(reader, queue_prefix(account, region));
}

std::vector<Queue> all_queues(const storage::Reader& reader) {
  std::vector<Queue> out;
  storage::each_document(reader, storage::document_key({"sqs"}), "", [&](std::string_view key, const Json& document) {
    if (!document.contains("attributes") || !document.contains("tags")) return true;  // moves, names of deleted ones
    if (auto queue = storage::from_document<Queue>(document))
      out.push_back(std::move(*queue));
    else
      storage::report_unreadable(key);
    return true;
  });
  return out;
}

void put_queue(storage::Txn& txn, Queue& queue) {
  if (!queue.id) queue.id = next_number(txn, "queue");
  storage::put_model(txn, queue_key(queue.account, queue.region, queue.name), queue);
}

void erase_messages(storage::Txn& txn, const Queue& queue) {
  for (char kind : {'m', 'v', 'd', 'x', 'g', 'h', 'f'}) {
    std::string prefix(1, kind);
    storage::append_u64(prefix, queue.id);
    txn.erase_range(Family::queues, prefix, storage::prefix_end(prefix));
  }
}

void erase_queue(storage::Txn& txn, const Queue& queue) {
  erase_messages(txn, queue);
  txn.erase(Family::meta, queue_key(queue.account, queue.region, queue.name));
}

Sent send(storage::Txn& txn, const Queue& queue, const NewMessage& message, Millis now) {
  if (auto duplicate = duplicate_of(txn, queue, message, now)) return *duplicate;
  if (queue.fifo()) ensure_groups(txn, queue.id);
  int dropped = 0;
  each_reference(txn, queue.id, 0, now, [&](Reference reference) {
    auto oldest = get_message(txn, queue.id, reference.number);
    if (oldest && !expired(queue, *oldest, now)) return false;
    erase_message(txn, queue, oldest, reference);
    return ++dropped < kExpiredDroppedPerSend;
  });
  uint64_t number = next_number(txn, "message");
  Sent sent{message.message_id, ""};
  Json system = message.system_attributes;
  if (queue.fifo()) {
    sent.sequence_number = sequence_number_text(number);
    system["SequenceNumber"] = sent.sequence_number;
    if (!message.deduplication_id.empty()) system["MessageDeduplicationId"] = message.deduplication_id;
    remember_taken(txn, queue, message, sent, now);
  }
  int64_t delay_s = message.delay_s >= 0 ? message.delay_s : queue.number("DelaySeconds");
  Millis visible_from = now + delay_s * 1000;
  Json stored{{"message_id", message.message_id},
              {"attributes", Json::object()},
              {"system_attributes", system},
              {"sender_id", message.sender_id},
              {"sent_ms", now},
              {"receive_count", 0},
              {"earlier_receives", message.earlier_receives},
              {"first_received_ms", 0},
              {"visible_ms", visible_from},
              {"token", ""}};
  if (message.sealed.empty()) {
    stored["body"] = message.body;
    stored["attributes"] = message.message_attributes;
  } else {
    stored["sealed"] = message.sealed;
  }
  txn.put(Family::queues, message_key(queue.id, number), to_text(stored));
  txn.put(Family::queues, reference_key(queue.id, visible_from, number), "");
  if (queue.fifo()) {
    put_in_group(txn, queue.id, number, stored);
    note_newest(txn, queue.id, number);
  }
  if (trace::on()) {
    std::string text = "message " + message.message_id + " to queue " + queue.name;
    if (delay_s > 0) text += ", visible in " + std::to_string(delay_s) + " s";
    trace::note({.kind = "message", .key = message.message_id, .subject = queue.arn(), .text = std::move(text)});
  }
  return sent;
}

namespace {

/// The message as another queue gets it.
NewMessage moved_message(Json& message, Json system_attributes, int64_t earlier_receives) {
  return {text_of(message, "message_id"),
          text_of(message, "body"),
          message["attributes"],
          text_of(message, "sender_id"),
          0,
          std::move(system_attributes),
          {},
          earlier_receives,
          text_of(message, "sealed")};
}

}  // namespace

std::vector<Received> receive(storage::Txn& txn, const Queue& queue, size_t limit, int64_t visibility_s, Millis now,
                              Random& random) {
  std::vector<Reference> front;
  // Expired and dead-letter ones are dealt with on the way, so look a little further than the limit.
  if (queue.fifo()) {
    ensure_groups(txn, queue.id);
    front = fifo_front(txn, queue.id, limit + 100, now);
  } else {
    each_reference(txn, queue.id, 0, now + 1, [&](Reference reference) {
      front.push_back(reference);
      return front.size() < limit + 100;
    });
  }
  std::vector<Received> out;
  for (const Reference& reference : front) {
    if (out.size() == limit) break;
    auto message = get_message(txn, queue.id, reference.number);
    if (!message && queue.fifo()) {  // deleted by an earlier version, which doesn't know of groups
      forget_groups(txn, queue.id);
      if (out.empty()) return receive(txn, queue, limit, visibility_s, now, random);
      break;
    }
    if (!message || expired(queue, *message, now)) {
      erase_message(txn, queue, message, reference);
      continue;
    }
    if (auto target = dead_letter_queue(txn, queue, *message)) {
      erase_message(txn, queue, message, reference);
      Json system = (*message)["system_attributes"];
      system["DeadLetterQueueSourceArn"] = queue.arn();
      send(txn, *target,
           moved_message(*message, std::move(system),
                         int_of(*message, "receive_count") + int_of(*message, "earlier_receives", 0)),
           now);
      continue;
    }
    std::string token = random.hex(32);
    (*message)["token"] = token;
    (*message)["receive_count"] = int_of(*message, "receive_count") + 1;
    if (int_of(*message, "first_received_ms") == 0) (*message)["first_received_ms"] = now;
    move_message(txn, queue, reference.number, *message, now + visibility_s * 1000);
    out.push_back({std::move(*message), make_handle(reference.number, token)});
  }
  return out;
}

HandleState remove(storage::Txn& txn, const Queue& queue, const std::string& receipt_handle) {
  auto handle = parse_handle(receipt_handle);
  if (!handle) return HandleState::malformed;
  auto message = get_message(txn, queue.id, handle->number);
  // An older handle of a message that was received again deletes nothing, as usual on AWS.
  if (!message || text_of(*message, "token") != handle->token) return HandleState::unknown_message;
  erase_message(txn, queue, message, {int_of(*message, "visible_ms"), handle->number});
  return HandleState::done;
}

HandleState change_visibility(storage::Txn& txn, const Queue& queue, const std::string& receipt_handle,
                              int64_t visibility_s, Millis now) {
  auto handle = parse_handle(receipt_handle);
  if (!handle) return HandleState::malformed;
  auto message = get_message(txn, queue.id, handle->number);
  // While nobody holds the message, any handle that it was given does, as on AWS.
  bool held = message && int_of(*message, "visible_ms") > now;
  if (!message || (held && text_of(*message, "token") != handle->token)) return HandleState::unknown_message;
  move_message(txn, queue, handle->number, *message, now + visibility_s * 1000);
  return HandleState::done;
}

size_t move_messages(storage::Txn& txn, const Queue& queue, const Queue* target, size_t limit, Millis now,
                     const std::function<void(const Queue&)>& wake) {
  std::vector<Reference> front;
  each_reference(txn, queue.id, 0, now + 1, [&](Reference reference) {
    front.push_back(reference);
    return front.size() < kMovedLookaheadMax;
  });
  std::sort(front.begin(), front.end(), [](const Reference& a, const Reference& b) { return a.number < b.number; });
  size_t moved = 0;
  for (const Reference& reference : front) {
    if (moved == limit) break;
    auto message = get_message(txn, queue.id, reference.number);
    if (!message) continue;
    Json system = (*message)["system_attributes"];
    std::string came_from = text_of(system, "DeadLetterQueueSourceArn");
    auto origin = target || came_from.empty() ? std::nullopt : find_queue_by_arn(txn, came_from);
    if (!target && !origin) continue;
    system.erase("DeadLetterQueueSourceArn");
    erase_message(txn, queue, message, reference);
    const Queue& to = target ? *target : *origin;
    send(txn, to, moved_message(*message, std::move(system), 0), now);
    wake(to);
    ++moved;
  }
  return moved;
}

Counts count(const storage::Reader& reader, const Queue& queue, Millis now) {
  Counts out;
  size_t seen = 0;
  each_reference(reader, queue.id, 0, INT64_MAX, [&](Reference reference) {
    if (reference.visible_from <= now) {
      ++out.visible;
    } else {
      auto message = get_message(reader, queue.id, reference.number);
      ++(message && int_of(*message, "receive_count") > 0 ? out.in_flight : out.delayed);
    }
    return ++seen < kCountedMax;
  });
  return out;
}

Millis oldest_sent_ms(const storage::Reader& reader, const Queue& queue) {
  std::string prefix = "m";
  storage::append_u64(prefix, queue.id);
  Millis out = -1;
  reader.scan(Family::queues, prefix, storage::prefix_end(prefix), [&](std::string_view, std::string_view value) {
    if (auto message = parse_json(value)) out = int_of(*message, "sent_ms");
    return false;
  });
  return out;
}

Millis next_visible(const storage::Reader& reader, const Queue& queue, Millis now) {
  Millis next = -1;
  each_reference(reader, queue.id, now + 1, INT64_MAX, [&](Reference reference) {
    next = reference.visible_from;
    return false;
  });
  return next;
}

}  // namespace millrace::sqs
