// What of the store is an account's or this room's: storage/KEYS.md.

#include "emulator/services/lambda/make_room.h"

namespace millrace::lambda {

namespace {

/// How far a mapping is.
std::optional<KeptEntries::Holder> hangs_on(const StoredDocument& document) {
  if (document.is("lambda", "position")) return KeptEntries::Holder{"mapping", document.part(2)};
  return std::nullopt;
}

void hold(const StoredDocument& document, Holders& holders) {
  if (document.part(0) == "lambda-mapping") holders.add("mapping", document.part(3));
  if (document.part(0) != "lambda") return;
  const Json object = document.object();
  if (const Json* code = find(object, "code"); code && code->is_object()) holders.add("code", text_of(*code, "id"));
}

void add_code(const Sought& sought, KeyRanges& ranges) {
  for (const std::string& id : sought.holders.of("code"))
    add_prefix(ranges, storage::Family::chunks, storage::document_key({"lambda-code", id}));
}

}  // namespace

KeptEntries kept_entries() {
  return {.service = "lambda",
          .documents = {"lambda", "lambda-url", "lambda-async", "lambda-code-signing", "lambda-mapping",
                        "lambda-capacity-provider"},
          .hangs_on = hangs_on,
          .hold = hold,
          .add_ranges = add_code};
}

}  // namespace millrace::lambda
