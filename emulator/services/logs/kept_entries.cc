// What of the store is an account's or this room's: storage/KEYS.md.

#include "emulator/services/logs/make_room.h"

#include "emulator/services/logs/event_keys.h"

namespace millrace::logs {

using storage::Family;

namespace {

std::optional<KeptEntries::Holder> hangs_on(const StoredDocument& document) {
  if (document.is("logs", "data-key")) return KeptEntries::Holder{"log data key", document.part(2)};
  return std::nullopt;
}

void hold(const StoredDocument& document, Holders& holders) {
  if (document.part(3) == "stream") holders.add_number("log stream", document.object(), "id");
  if (document.part(3) != "group") return;
  const Json group = document.object();
  holders.add_number("log group", group, "id");
  const Json* keys = find(group, "data_keys");
  if (!keys || !keys->is_array()) return;
  for (const Json& number : *keys) {
    if (number.is_number_integer()) holders.add("log data key", data_key_name(number.get<uint64_t>()));
  }
}

void add_events(const Sought& sought, KeyRanges& ranges) {
  add_by_number(ranges, Family::logs, "eb", sought.holders, "log group");
  add_by_number(ranges, Family::logs, "s", sought.holders, "log stream");
  if (!sought.account) return;
  add_prefix(ranges, Family::logs, "a" + *sought.account);  // arrivals
  add_prefix(ranges, Family::logs, "m" + (sought.account->empty() ? "" : storage::document_key({*sought.account})));
}

Counter counter(std::string_view of) {
  return {Family::meta, storage::document_key({"logs", "numbers", of})};
}

}  // namespace

KeptEntries kept_entries() {
  return {.service = "logs",
          .documents = {"logs"},
          .hangs_on = hangs_on,
          .hold = hold,
          .add_ranges = add_events,
          .counters = {counter("group"), counter("stream"), counter("event"), counter("data-key")}};
}

}  // namespace millrace::logs
