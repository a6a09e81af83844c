#pragma once
// What a room keeps in the store, told to those who take entries out of it by account or by service: resets and snapshots
// of one account. Rooms' declarations stand in emulator/services/all.cc, beside the rooms themselves, which aren't made for
// that. The keys' grammars are in storage/KEYS.md.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/base/json.h"
#include "emulator/storage/keys.h"
#include "emulator/storage/store.h"

namespace millrace {

/// An entry of family meta under a document key.
struct StoredDocument {
  std::vector<std::string> parts;  // of its key
  std::string tail;                // of its key, what follows them: a number's bytes
  std::string_view value;

  /// Empty where the key has no such part.
  const std::string& part(size_t at) const {
    static const std::string kNone;
    return at < parts.size() ? parts[at] : kNone;
  }
  bool is(std::string_view first, std::string_view second) const { return part(0) == first && part(1) == second; }
  /// Of a value that is no object: an empty one.
  Json object() const {
    auto parsed = parse_json(value);
    return parsed && parsed->is_object() ? std::move(*parsed) : Json::object();
  }
};

/// A number as entries' keys have it.
inline std::string number_name(uint64_t number) {
  std::string name;
  storage::append_u64(name, number);
  return name;
}

/// What belongs to whoever is meant, by kind and name or number: {"bucket", "photos"}, {"table", number_name(7)}. Entries
/// that don't say whose they are are found by what they hang on. Kinds are one name space for all rooms.
class Holders {
 public:
  using Names = std::set<std::string>;

  void add(std::string_view kind, std::string name) {
    auto place = names_.find(kind);
    if (place == names_.end()) place = names_.emplace(std::string(kind), Names()).first;
    place->second.insert(std::move(name));
  }
  /// Nothing is added where the member isn't a number above 0.
  void add_number(std::string_view kind, const Json& object, const char* member) {
    const Json* number = find(object, member);
    // Unsigned: buckets' numbers are any of 64 bits.
    const uint64_t value = number && number->is_number_unsigned() ? number->get<uint64_t>() : 0;
    if (value != 0) add(kind, number_name(value));
  }
  bool has(std::string_view kind, const std::string& name) const { return of(kind).contains(name); }
  const Names& of(std::string_view kind) const {
    static const Names kNone;
    auto place = names_.find(kind);
    return place == names_.end() ? kNone : place->second;
  }
  bool overlaps(const Holders& other) const {
    for (const auto& [kind, names] : names_) {
      const Names& theirs = other.of(kind);
      for (const std::string& name : names) {
        if (theirs.contains(name)) return true;
      }
    }
    return false;
  }

 private:
  std::map<std::string, Names, std::less<>> names_;
};

/// Entries from <= key < to.
struct KeyRange {
  storage::Family family;
  std::string from, to;
};
using KeyRanges = std::vector<KeyRange>;

inline void add_prefix(KeyRanges& ranges, storage::Family family, const std::string& prefix) {
  ranges.push_back({family, prefix, storage::prefix_end(prefix)});
}

/// Those under each of the tags and the number of each of that kind.
inline void add_by_number(KeyRanges& ranges, storage::Family family, std::string_view tags, const Holders& holders,
                          std::string_view kind) {
  for (const std::string& number : holders.of(kind)) {
    for (char tag : tags) add_prefix(ranges, family, tag + number);
  }
}

/// Whose entries besides documents are sought.
struct Sought {
  const storage::Reader& reader;
  Holders& holders;  // all that documents gave; what is found here is added
  /// For entries under an account's own name: whose, "" for everybody's. nullopt: none are sought by name.
  std::optional<std::string> account;
};

/// A u64 from which the whole store draws its next number: no account's, and never going back.
struct Counter {
  storage::Family family;
  std::string key;
  /// In a new store it begins at a number of its own, so that an account's entries don't meet the same numbers where they
  /// are brought to another store. Not where clients see and compare them.
  bool spread = true;
};

/// What one room keeps. A document is its account's whose number is the first or second part after the room's name (or in an
/// ARN there), or a member `account`, or in the first ARN of its value; what doesn't say it hangs on another thing.
struct KeptEntries {
  struct Holder {
    std::string_view kind;
    std::string name;
  };

  /// As a reset calls it: "s3". Empty: no service's; such entries go with their account.
  std::string service = {};
  /// The first parts of its documents' keys.
  std::vector<std::string> documents = {};
  /// Second parts that are followed by the bytes of a number.
  std::vector<std::string> numbered = {};
  /// Second parts that are followed by a name which customers choose in all the world: digits in it are no account.
  std::vector<std::string> freely_named = {};
  /// On what a document hangs; nullopt: on nothing, it says whose it is.
  std::optional<Holder> (*hangs_on)(const StoredDocument& document) = nullptr;
  /// Adds what hangs on this document of those who are meant.
  void (*hold)(const StoredDocument& document, Holders& holders) = nullptr;
  /// Adds the entries outside of family meta.
  void (*add_ranges)(const Sought& sought, KeyRanges& ranges) = nullptr;
  std::vector<Counter> counters = {};
};

}  // namespace millrace
