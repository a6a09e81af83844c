// What of the store is an account's or this room's: storage/KEYS.md.

#include "emulator/services/dynamodb/service.h"

namespace millrace::dynamodb {

using storage::Family;

namespace {

/// What is kept by a table's or index's number; and tokens by the time of their end, whose value is the token's own key.
std::optional<KeptEntries::Holder> hangs_on(const StoredDocument& document) {
  const std::string& kind = document.part(1);
  if (kind == "transaction-tokens-by-time")
    return KeptEntries::Holder{"transaction token", std::string(document.value)};
  if (kind != "statistics" && kind != "backfill" && kind != "expiry_backfill") return std::nullopt;
  return KeptEntries::Holder{"table", document.tail};
}

/// Tables, indexes, streams, histories, backups and data keys draw their numbers from one counter.
void hold(const StoredDocument& document, Holders& holders) {
  if (document.part(1) == "transaction-tokens") {
    const auto& parts = document.parts;
    if (parts.size() == 5)
      holders.add("transaction token", storage::document_key({parts[0], parts[1], parts[2], parts[3], parts[4]}));
    return;
  }
  const Json object = document.object();
  for (const char* member : {"id", "history_id", "data_id", "number"}) holders.add_number("table", object, member);
  if (const Json* stream = find(object, "stream"); stream && stream->is_object())
    holders.add_number("table", *stream, "id");
  const Json* indexes = find(object, "indexes");
  if (!indexes || !indexes->is_array()) return;
  for (const Json& index : *indexes) {
    if (index.is_object()) holders.add_number("table", index, "id");
  }
}

void add_items(const Sought& sought, KeyRanges& ranges) {
  for (const std::string& number : sought.holders.of("table")) {
    for (Family family : {Family::items, Family::indexes, Family::streams}) add_prefix(ranges, family, number);
  }
}

}  // namespace

KeptEntries kept_entries() {
  return {.service = "dynamodb",
          .documents = {"dynamodb"},
          .numbered = {"stream", "statistics", "backfill", "expiry_backfill", "transaction-tokens-by-time"},
          .hangs_on = hangs_on,
          .hold = hold,
          .add_ranges = add_items,
          // Records' sequences are shown, and compared across streams: they begin at 1.
          .counters = {{Family::meta, "tables.next_id"}, {Family::meta, "streams.next_sequence", false}}};
}

}  // namespace millrace::dynamodb
