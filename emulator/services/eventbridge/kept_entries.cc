// What of the store is an account's or this room's: storage/KEYS.md.

#include "emulator/services/eventbridge/service.h"

namespace millrace::eventbridge {

namespace {

void hold(const StoredDocument& document, Holders& holders) {
  holders.add_number("archive", document.object(), "_id");
}

void add_archived(const Sought& sought, KeyRanges& ranges) {
  add_by_number(ranges, storage::Family::queues, "a", sought.holders, "archive");
}

}  // namespace

KeptEntries kept_entries() {
  return {.service = "events", .documents = {"events"}, .hold = hold, .add_ranges = add_archived};
}

}  // namespace millrace::eventbridge
