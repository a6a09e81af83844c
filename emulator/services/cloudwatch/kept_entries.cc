// What of the store is an account's or this room's: storage/KEYS.md.

#include "emulator/services/cloudwatch/service.h"

namespace millrace::cloudwatch {

namespace {

/// Points of metrics, and their hours.
void add_points(const Sought& sought, KeyRanges& ranges) {
  if (!sought.account) return;
  for (const char* kind : {"M", "N"})
    add_prefix(ranges, storage::Family::queues,
               kind + (sought.account->empty() ? "" : storage::document_key({*sought.account})));
}

}  // namespace

KeptEntries kept_entries() {
  return {.service = "cloudwatch", .documents = {"cloudwatch"}, .add_ranges = add_points};
}

}  // namespace millrace::cloudwatch
