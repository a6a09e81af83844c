#include "emulator/server/account_keys.h"

#include <algorithm>
#include <functional>

#include "emulator/base/account.h"

namespace millrace::server {

using storage::Family;

namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// The account in the first ARN that the text holds; empty if there is none.
std::string account_in_arn(std::string_view text) {
  for (size_t at = text.find("arn:aws"); at != std::string_view::npos; at = text.find("arn:aws", at + 1)) {
    size_t colon = at;
    for (int i = 0; i < 4 && colon != std::string_view::npos; ++i) colon = text.find(':', colon + (i > 0));
    if (colon != std::string_view::npos && is_account_id(text.substr(colon + 1, 12)))
      return std::string(text.substr(colon + 1, 12));
  }
  return "";
}

/// Whose a document is: its key says so, or a member, or an ARN in it.
std::string owner_of(const KeptEntries& room, const StoredDocument& document) {
  const bool key_tells = !contains(room.freely_named, document.part(1));
  for (size_t at = 1; at <= 2 && key_tells; ++at) {
    if (is_account_id(document.part(at))) return document.part(at);
    if (std::string account = account_in_arn(document.part(at)); !account.empty()) return account;
  }
  if (document.value.starts_with('{')) {
    const Json object = document.object();
    for (const char* member : {"account", "Account"}) {
      if (std::string account = text_of(object, member); is_account_id(account)) return account;
    }
  }
  return account_in_arn(document.value);
}

class Collector {
 public:
  Collector(const storage::Reader& reader, const std::vector<KeptEntries>& kept, const Meant& meant)
      : reader_(reader), kept_(kept), meant_(meant) {
    for (const KeptEntries& room : kept) {
      for (const std::string& first : room.documents) room_of_.emplace(first, &room);
      for (const Counter& counter : room.counters) counters_.insert({counter.family, counter.key});
    }
  }

  OwnedKeys collect() {
    each_document([this](const KeptEntries& room, std::string_view key, const StoredDocument& document) {
      if (hangs_on_another(room, document) || !is_meant(room, document)) return;
      add_document(key);
      if (room.hold) room.hold(document, out_.holders);
    });
    each_document([this](const KeptEntries& room, std::string_view key, const StoredDocument& document) {
      const auto holder = room.hangs_on ? room.hangs_on(document) : std::nullopt;
      if (holder && out_.holders.has(holder->kind, holder->name)) add_document(key);
    });
    for (const KeptEntries& room : kept_) {
      const bool by_name = is_service_meant(room) && !meant_.all_but_account;
      if (room.add_ranges)
        room.add_ranges({reader_, out_.holders, by_name ? std::optional(meant_.account) : std::nullopt}, out_.ranges);
    }
    return std::move(out_);
  }

 private:
  using Visit = std::function<void(const KeptEntries& room, std::string_view key, const StoredDocument& document)>;

  /// Those under document keys whose room is known, but the counters.
  void each_document(const Visit& visit) const {
    reader_.scan(Family::meta, std::string(1, '\1'), storage::prefix_end(""),
                 [&](std::string_view key, std::string_view value) {
                   StoredDocument document{{}, "", value};
                   const KeptEntries* room = parse_key(key, document);
                   if (room && !counters_.contains({Family::meta, std::string(key)})) visit(*room, key, document);
                   return true;
                 });
  }

  /// nullptr: the key is no document's of a room.
  const KeptEntries* parse_key(std::string_view key, StoredDocument& document) const {
    auto first = storage::take_part(key);
    auto place = first ? room_of_.find(*first) : room_of_.end();
    if (place == room_of_.end()) return nullptr;
    document.parts.push_back(std::move(*first));
    while (auto part = storage::take_part(key)) {
      document.parts.push_back(std::move(*part));
      // A number's bytes could look like another part.
      if (document.parts.size() == 2 && contains(place->second->numbered, document.parts[1])) break;
    }
    document.tail = key;
    return document.parts.size() > 1 ? place->second : nullptr;
  }

  static bool hangs_on_another(const KeptEntries& room, const StoredDocument& document) {
    return room.hangs_on && room.hangs_on(document);
  }
  bool is_service_meant(const KeptEntries& room) const {
    return meant_.service.empty() || meant_.service == room.service;
  }
  bool is_account_meant(const std::string& account) const {
    if (meant_.account.empty()) return true;
    return meant_.all_but_account ? !account.empty() && account != meant_.account : account == meant_.account;
  }
  bool is_meant(const KeptEntries& room, const StoredDocument& document) const {
    return is_service_meant(room) && (meant_.account.empty() || is_account_meant(owner_of(room, document)));
  }
  void add_document(std::string_view key) {
    out_.ranges.push_back({Family::meta, std::string(key), std::string(key) + std::string(1, '\0')});
  }

  const storage::Reader& reader_;
  const std::vector<KeptEntries>& kept_;
  const Meant& meant_;
  std::map<std::string, const KeptEntries*> room_of_;
  std::set<std::pair<Family, std::string>> counters_;
  OwnedKeys out_;
};

}  // namespace

OwnedKeys owned_keys(const storage::Reader& reader, const std::vector<KeptEntries>& kept, const Meant& meant) {
  return Collector(reader, kept, meant).collect();
}

}  // namespace millrace::server
