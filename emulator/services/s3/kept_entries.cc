// What of the store is an account's or this room's: storage/KEYS.md.

#include "emulator/services/s3/make_room.h"

namespace millrace::s3 {

using storage::Family;

namespace {

std::optional<KeptEntries::Holder> hangs_on(const StoredDocument& document) {
  if (document.is("s3", "setting")) return KeptEntries::Holder{"bucket", document.part(2)};
  return std::nullopt;
}

void hold(const StoredDocument& document, Holders& holders) {
  if (!document.is("s3", "bucket")) return;
  holders.add("bucket", document.part(2));
  holders.add_number("bucket number", document.object(), "Id");
}

std::string tagged(char tag, const std::string& number) {
  return tag + number;
}

void hold_body(const Json& entry, Holders& holders) {
  if (entry.is_object()) holders.add_number("body", entry, "b");
}

/// Buckets' entries, and the bodies that they name: an object's, or those of the parts that it was completed from.
void add_objects(const Sought& sought, KeyRanges& ranges) {
  Holders& holders = sought.holders;
  for (const std::string& bucket : holders.of("bucket number")) {
    for (char tag : {'c', 'v', 'u', 'p'}) {
      const std::string prefix = tagged(tag, bucket);
      add_prefix(ranges, Family::objects, prefix);
      sought.reader.scan(Family::objects, prefix, storage::prefix_end(prefix),
                         [&](std::string_view, std::string_view value) {
                           hold_body(Json::from_msgpack(value.begin(), value.end(), true, false), holders);
                           return true;
                         });
    }
  }
  const Holders::Names named = holders.of("body");
  for (const std::string& body : named) {
    auto manifest = sought.reader.get(Family::objects, tagged('m', body));
    if (!manifest) continue;
    const Json parts = Json::from_msgpack(manifest->begin(), manifest->end(), true, false);
    if (!parts.is_array()) continue;
    for (const Json& part : parts) hold_body(part, holders);
    add_prefix(ranges, Family::objects, tagged('m', body));
  }
  for (const std::string& body : holders.of("body")) add_prefix(ranges, Family::chunks, body);
}

}  // namespace

KeptEntries kept_entries() {
  return {.service = "s3",
          .documents = {"s3"},
          .freely_named = {"bucket", "setting"},
          .hangs_on = hangs_on,
          .hold = hold,
          .add_ranges = add_objects,
          .counters = {{Family::objects, "n"}}};
}

}  // namespace millrace::s3
