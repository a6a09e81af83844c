#pragma once
// The order of a FIFO queue's message groups, so that receiving costs what it gives, not what waits:
//
//   member:   'g' queue id (8) group 00 number (8)   -> visible from (8) received (1)
//   head:     'h' queue id (8) number (8)            -> group, at the number of its oldest message
//   built:    'f' queue id (8)                       -> number (8) of the newest message that is in them; without it, or
//             where there is a newer one, an earlier version has been at the queue, and they are made anew
//
// A group's name holds no 00 (alphanumeric and punctuation).

#include <string_view>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/json.h"
#include "emulator/storage/store.h"

namespace millrace::sqs {

/// Message `visible_from` a moment: where a queue's index of moments has it.
struct Reference {
  Millis visible_from;
  uint64_t number;
};

/// Of a message as it is stored.
std::string group_of(const Json& message);

/// Makes the entries of a queue that lacks some, from its messages.
void ensure_groups(storage::Txn& txn, uint64_t queue);
/// After put_in_group() of a new message.
void note_newest(storage::Txn& txn, uint64_t queue, uint64_t number);
/// They are wrong; the next ensure_groups() makes them anew.
void forget_groups(storage::Txn& txn, uint64_t queue);
/// The message, which is new or has changed, is in its group.
void put_in_group(storage::Txn& txn, uint64_t queue, uint64_t number, const Json& message);
void erase_from_group(storage::Txn& txn, uint64_t queue, uint64_t number, std::string_view group);

/// Visible messages of the groups that have none in flight, and those that come again: group by group, the group of the
/// oldest message first, each in its order. AWS gives as many of one group as it can before it goes on to the next.
std::vector<Reference> fifo_front(const storage::Reader& reader, uint64_t queue, size_t limit, Millis now);

}  // namespace millrace::sqs
