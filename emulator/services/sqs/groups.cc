#include "emulator/services/sqs/groups.h"

#include <algorithm>

#include "emulator/base/store_fault.h"
#include "emulator/storage/keys.h"

namespace millrace::sqs {

using storage::Family;

namespace {

/// So many of a group are received at once; none follows while one of them is in flight. What is in flight is therefore
/// among the group's first ones.
constexpr size_t kReceivedAtOnceMax = 10;
/// Groups looked at for one without messages in flight; AWS looks at the first 120,000 messages.
constexpr size_t kGroupsLookedAtMax = 20'000;

std::string prefix_of(char kind, uint64_t queue) {
  std::string key(1, kind);
  storage::append_u64(key, queue);
  return key;
}

std::string numbered(std::string key, uint64_t number) {
  storage::append_u64(key, number);
  return key;
}

std::string members_prefix(uint64_t queue, std::string_view group) {
  return prefix_of('g', queue).append(group).append(1, '\0');
}

struct Member {
  Reference reference;
  bool received;
};

/// A group's messages in their order, until `visit` returns false.
template <class Visit>
void each_member(const storage::Reader& reader, uint64_t queue, std::string_view group, Visit&& visit) {
  const std::string prefix = members_prefix(queue, group);
  reader.scan(Family::queues, prefix, storage::prefix_end(prefix), [&](std::string_view key, std::string_view value) {
    key.remove_prefix(prefix.size());
    Member member{};
    member.reference.number = storage::take_u64(key).value_or(0);
    member.reference.visible_from = static_cast<Millis>(storage::take_u64(value).value_or(0));
    member.received = value == "\x01";
    return visit(member);
  });
}

std::optional<uint64_t> oldest_of(const storage::Reader& reader, uint64_t queue, std::string_view group) {
  std::optional<uint64_t> oldest;
  each_member(reader, queue, group, [&](const Member& member) {
    oldest = member.reference.number;
    return false;
  });
  return oldest;
}

}  // namespace

std::string group_of(const Json& message) {
  const Json* system = find(message, "system_attributes");
  return system ? text_of(*system, "MessageGroupId") : "";
}

void put_in_group(storage::Txn& txn, uint64_t queue, uint64_t number, const Json& message) {
  const std::string group = group_of(message);
  std::string value;
  storage::append_u64(value, static_cast<uint64_t>(std::max<Millis>(int_of(message, "visible_ms"), 0)));
  value.push_back(int_of(message, "receive_count") > 0 ? '\x01' : '\0');
  // Numbers grow: a message that isn't the first has its head already.
  if (!oldest_of(txn, queue, group)) txn.put(Family::queues, numbered(prefix_of('h', queue), number), group);
  txn.put(Family::queues, numbered(members_prefix(queue, group), number), value);
}

void erase_from_group(storage::Txn& txn, uint64_t queue, uint64_t number, std::string_view group) {
  txn.erase(Family::queues, numbered(members_prefix(queue, group), number));
  const std::string head = numbered(prefix_of('h', queue), number);
  if (!txn.get(Family::queues, head)) return;
  txn.erase(Family::queues, head);
  if (auto next = oldest_of(txn, queue, group)) txn.put(Family::queues, numbered(prefix_of('h', queue), *next), group);
}

void forget_groups(storage::Txn& txn, uint64_t queue) {
  for (char kind : {'g', 'h', 'f'})
    txn.erase_range(Family::queues, prefix_of(kind, queue), storage::prefix_end(prefix_of(kind, queue)));
}

void note_newest(storage::Txn& txn, uint64_t queue, uint64_t number) {
  std::string value;
  storage::append_u64(value, number);
  txn.put(Family::queues, prefix_of('f', queue), value);
}

void ensure_groups(storage::Txn& txn, uint64_t queue) {
  const std::string messages = prefix_of('m', queue);
  std::optional<uint64_t> newest;
  txn.scan_reverse(Family::queues, messages, storage::prefix_end(messages),
                   [&](std::string_view key, std::string_view) {
                     key.remove_prefix(messages.size());
                     newest = storage::take_u64(key);
                     return false;
                   });
  if (auto noted = txn.get(Family::queues, prefix_of('f', queue))) {
    std::string_view bytes = *noted;
    if (newest.value_or(0) <= storage::take_u64(bytes).value_or(0)) return;
  }
  forget_groups(txn, queue);
  std::vector<std::pair<uint64_t, Json>> all;
  txn.scan(Family::queues, messages, storage::prefix_end(messages), [&](std::string_view key, std::string_view value) {
    auto message = parse_json(value);
    if (!message) fail_damaged("a message of a queue");
    key.remove_prefix(messages.size());
    Json kept{{"visible_ms", int_of(*message, "visible_ms")}, {"receive_count", int_of(*message, "receive_count")}};
    kept["system_attributes"]["MessageGroupId"] = group_of(*message);
    all.emplace_back(storage::take_u64(key).value_or(0), std::move(kept));
    return true;
  });
  for (const auto& [number, message] : all) put_in_group(txn, queue, number, message);
  note_newest(txn, queue, newest.value_or(0));
}

std::vector<Reference> fifo_front(const storage::Reader& reader, uint64_t queue, size_t limit, Millis now) {
  std::vector<Reference> front;
  size_t looked = 0;
  const std::string heads = prefix_of('h', queue);
  reader.scan(Family::queues, heads, storage::prefix_end(heads), [&](std::string_view, std::string_view group) {
    size_t place = 0, fresh_from = SIZE_MAX;
    bool in_flight = false, held = false;
    each_member(reader, queue, group, [&](const Member& member) {
      const bool visible = member.reference.visible_from <= now;
      held = held || !visible;  // one that is delayed holds up those behind it
      in_flight = in_flight || (!visible && member.received);
      // unverified: one that was received and is visible again comes again, even beside others of its group in flight.
      const bool fresh = visible && !member.received && !held;
      if (fresh) fresh_from = std::min(fresh_from, front.size());
      if ((fresh || (visible && member.received)) && front.size() < limit) front.push_back(member.reference);
      return ++place < kReceivedAtOnceMax || (!held && front.size() < limit);
    });
    if (in_flight && fresh_from < front.size()) front.resize(fresh_from);
    return front.size() < limit && ++looked < kGroupsLookedAtMax;
  });
  return front;
}

}  // namespace millrace::sqs
