// What of the store is an account's or this room's: storage/KEYS.md.

#include "emulator/services/iam/make_room.h"

namespace millrace::iam {

namespace {

std::optional<KeptEntries::Holder> hangs_on(const StoredDocument& document) {
  if (document.part(0) == "iam-service-use") return KeptEntries::Holder{"principal", document.part(1)};
  if (document.part(0) == "iam-expiry") return KeptEntries::Holder{"session", document.part(2)};
  return std::nullopt;
}

void hold(const StoredDocument& document, Holders& holders) {
  if (document.part(0) == "iam-session") holders.add("session", document.part(1));
  if (document.part(0) != "iam") return;
  if (std::string id = text_of(document.object(), "Id"); !id.empty()) holders.add("principal", std::move(id));
}

}  // namespace

KeptEntries kept_entries() {
  return {.service = "iam",
          .documents = {"iam", "iam-account", "iam-key", "iam-session", "iam-expiry", "iam-use", "iam-service-use",
                        "iam-credential-report", "iam-last-accessed-job"},
          .hangs_on = hangs_on,
          .hold = hold};
}

}  // namespace millrace::iam
