// What FIFO queues remember of the messages that they took, so that a message sent again isn't there twice.

#include <fmt/format.h>

#include "emulator/base/encoding.h"
#include "emulator/services/sqs/queues.h"
#include "emulator/storage/keys.h"

namespace millrace::sqs {

using storage::Family;

namespace {

constexpr Millis kRememberedMs = 5 * 60 * 1000;
constexpr uint64_t kFirstSequence = 10'000'000'000'000'000'000u;  // so that all have 20 digits
constexpr size_t kForgottenPerSend = 8;  // more than one, so what is remembered stays bounded by five minutes' sends

/// Of the queue or, with DeduplicationScope messageGroup, of the message's group.
std::string fingerprint(const Queue& queue, const NewMessage& message) {
  bool per_group = text_of(queue.attributes, "DeduplicationScope") == "messageGroup";
  std::string group = per_group ? text_of(message.system_attributes, "MessageGroupId") : "";
  return sha256(std::to_string(group.size()) + ":" + group + message.deduplication_id);
}

std::string key_of(char kind, uint64_t queue_id) {
  std::string key(1, kind);
  storage::append_u64(key, queue_id);
  return key;
}

std::string end_key(uint64_t queue_id, Millis until, std::string_view print) {
  std::string key = key_of('x', queue_id);
  storage::append_u64(key, static_cast<uint64_t>(until));
  return key.append(print);
}

void forget_old(storage::Txn& txn, const Queue& queue, Millis now) {
  std::vector<std::string> old;
  txn.scan(Family::queues, end_key(queue.id, 0, ""), end_key(queue.id, now + 1, ""),
           [&](std::string_view key, std::string_view) {
             old.emplace_back(key);
             return old.size() < kForgottenPerSend;
           });
  for (const std::string& key : old) {
    std::string taken = key_of('d', queue.id) + key.substr(key_of('x', queue.id).size() + 8);
    auto stored = txn.get(Family::queues, taken);
    auto document = stored ? parse_json(*stored) : std::nullopt;
    if (document && int_of(*document, "until_ms") <= now) txn.erase(Family::queues, taken);
    txn.erase(Family::queues, key);
  }
}

}  // namespace

std::string sequence_number_text(uint64_t number) {
  return fmt::format("{}", kFirstSequence + number);
}

std::optional<Sent> duplicate_of(storage::Txn& txn, const Queue& queue, const NewMessage& message, Millis now) {
  if (!queue.fifo() || message.deduplication_id.empty()) return std::nullopt;
  auto stored = txn.get(Family::queues, key_of('d', queue.id) + fingerprint(queue, message));
  auto document = stored ? parse_json(*stored) : std::nullopt;
  if (!document || int_of(*document, "until_ms") <= now) return std::nullopt;
  return Sent{text_of(*document, "message_id"), text_of(*document, "sequence_number")};
}

void remember_taken(storage::Txn& txn, const Queue& queue, const NewMessage& message, const Sent& sent, Millis now) {
  forget_old(txn, queue, now);
  if (message.deduplication_id.empty()) return;
  std::string print = fingerprint(queue, message);
  Millis until = now + kRememberedMs;
  txn.put(
      Family::queues, key_of('d', queue.id) + print,
      to_text(Json{{"until_ms", until}, {"message_id", sent.message_id}, {"sequence_number", sent.sequence_number}}));
  txn.put(Family::queues, end_key(queue.id, until, print), "");
}

}  // namespace millrace::sqs
