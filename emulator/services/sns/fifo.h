#pragma once
// What FIFO topics remember of the messages that they took: a message published again within five minutes is answered as the
// first one was and delivered to nobody.
//
//   taken:    ("sns", account, region, "taken", topic name, SHA-256 as hex)           -> JSON
//   its end:  ("sns", account, region, "taken-until", topic name, until (20 digits), SHA-256) -> JSON

#include <optional>
#include <string>

#include "emulator/base/clock.h"
#include "emulator/services/sns/model.h"

namespace millrace::sns {

/// What whoever published is told.
struct Taken {
  std::string message_id;
  std::string sequence_number;  // 20 digits, growing; empty for standard topics
};

/// What the topic took under this deduplication id (with FifoThroughputScope MessageGroup: of this group) not longer than
/// five minutes ago.
std::optional<Taken> taken_before(const storage::Reader& reader, const Topic& topic, const std::string& group,
                                  const std::string& deduplication_id, Millis now);
/// Keeps it, and drops a few that are too old, so that what is kept stays bounded by five minutes' messages.
void remember_taken(storage::Txn& txn, const Topic& topic, const std::string& group,
                    const std::string& deduplication_id, const Taken& taken, Millis now);
/// All of a topic that is deleted.
void forget_taken(storage::Txn& txn, const Topic& topic);
std::string sequence_number_text(uint64_t number);

}  // namespace millrace::sns
