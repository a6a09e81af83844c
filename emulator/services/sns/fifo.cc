#include "emulator/services/sns/fifo.h"

#include <fmt/format.h>

#include <limits>

#include "emulator/base/encoding.h"
#include "emulator/storage/documents.h"

namespace millrace::sns {

using storage::document_key;

namespace {

constexpr Millis kRememberedMs = 5 * 60 * 1000;
constexpr uint64_t kFirstSequence = 10'000'000'000'000'000'000u;  // so that all have 20 digits
constexpr size_t kForgottenPerMessage = 8;                        // more than one, so that old ones don't pile up

std::string fingerprint(const Topic& topic, const std::string& group, const std::string& deduplication_id) {
  const bool per_group = text_of(topic.attributes, "FifoThroughputScope") == "MessageGroup";
  const std::string scope = per_group ? group : "";
  return to_hex(sha256(std::to_string(scope.size()) + ":" + scope + deduplication_id));
}

std::string taken_key(const Topic& topic, const std::string& print) {
  return document_key({"sns", topic.account, topic.region, "taken", topic.name, print});
}

std::string ends_prefix(const Topic& topic) {
  return document_key({"sns", topic.account, topic.region, "taken-until", topic.name});
}

/// The ends of those that are over by `now`; `max` of them.
std::vector<std::pair<std::string, std::string>> over(const storage::Reader& reader, const Topic& topic, Millis now,
                                                      size_t max) {
  std::vector<std::pair<std::string, std::string>> out;  // key, fingerprint
  storage::each_document(reader, ends_prefix(topic), "", [&](std::string_view key, const Json& document) {
    if (int_of(document, "until_ms") > now) return false;
    out.emplace_back(key, text_of(document, "print"));
    return out.size() < max;
  });
  return out;
}

void forget_over(storage::Txn& txn, const Topic& topic, Millis now, size_t max) {
  for (const auto& [key, print] : over(txn, topic, now, max)) {
    auto taken = storage::get_document(txn, taken_key(topic, print));
    // Taken again since then: that one stays.
    if (taken && int_of(*taken, "until_ms") <= now) txn.erase(storage::Family::meta, taken_key(topic, print));
    txn.erase(storage::Family::meta, key);
  }
}

}  // namespace

std::string sequence_number_text(uint64_t number) {
  return fmt::format("{}", kFirstSequence + number);
}

std::optional<Taken> taken_before(const storage::Reader& reader, const Topic& topic, const std::string& group,
                                  const std::string& deduplication_id, Millis now) {
  auto taken = storage::get_document(reader, taken_key(topic, fingerprint(topic, group, deduplication_id)));
  if (!taken || int_of(*taken, "until_ms") <= now) return std::nullopt;
  return Taken{text_of(*taken, "message_id"), text_of(*taken, "sequence_number")};
}

void remember_taken(storage::Txn& txn, const Topic& topic, const std::string& group,
                    const std::string& deduplication_id, const Taken& taken, Millis now) {
  forget_over(txn, topic, now, kForgottenPerMessage);
  const std::string print = fingerprint(topic, group, deduplication_id);
  const Millis until = now + kRememberedMs;
  storage::put_document(
      txn, taken_key(topic, print),
      {{"until_ms", until}, {"message_id", taken.message_id}, {"sequence_number", taken.sequence_number}});
  storage::put_document(txn,
                        document_key({"sns", topic.account, topic.region, "taken-until", topic.name,
                                      fmt::format("{:020}", until), print}),
                        {{"until_ms", until}, {"print", print}});
}

void forget_taken(storage::Txn& txn, const Topic& topic) {
  forget_over(txn, topic, std::numeric_limits<Millis>::max(), std::numeric_limits<size_t>::max());
}

}  // namespace millrace::sns
