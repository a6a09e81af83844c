// What of the store is an account's or this room's: storage/KEYS.md.

#include "emulator/services/sqs/service.h"

namespace millrace::sqs {

namespace {

void hold(const StoredDocument& document, Holders& holders) {
  if (document.part(3) == "queue") holders.add_number("queue", document.object(), "id");
}

void add_messages(const Sought& sought, KeyRanges& ranges) {
  add_by_number(ranges, storage::Family::queues, "mvdxghf", sought.holders, "queue");
}

Counter counter(std::string_view of) {
  return {storage::Family::meta, storage::document_key({"sqs", "numbers", of})};
}

}  // namespace

KeptEntries kept_entries() {
  return {.service = "sqs",
          .documents = {"sqs"},
          .hold = hold,
          .add_ranges = add_messages,
          .counters = {counter("queue"), counter("message")}};
}

}  // namespace millrace::sqs
