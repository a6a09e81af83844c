#include "emulator/server/account_data.h"

#include <fcntl.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "emulator/base/store_fault.h"
#include "emulator/server/snapshots.h"

namespace millrace::server {

using storage::Family;
using storage::Reader;
using storage::Store;
using storage::Txn;

namespace {

constexpr size_t kBatchBytes = 4u << 20;

using OpenedStore = std::variant<std::unique_ptr<Store>, std::string>;

/// A copy in the making: nobody waits for the disk before it is whole.
OpenedStore open_store(const std::string& folder) {
  return Store::open({.folder = folder, .durability = storage::Durability::none});
}

/// Entries on their way into a store, some megabytes a change.
class Filling {
 public:
  explicit Filling(Store& store) : store_(store) {}
  void put(Family family, std::string_view key, std::string_view value) {
    entries_.push_back({family, std::string(key), std::string(value)});
    bytes_ += key.size() + value.size();
    if (bytes_ > kBatchBytes) flush();
  }
  bool flush() {
    Result<void> written = store_.transact([&](Txn& txn) -> Result<void> {
      for (const Entry& entry : entries_) txn.put(entry.family, entry.key, entry.value);
      return {};
    });
    fine_ &= written.has_value();
    entries_.clear();
    bytes_ = 0;
    return fine_;
  }

 private:
  struct Entry {
    Family family;
    std::string key, value;
  };
  Store& store_;
  std::vector<Entry> entries_;
  size_t bytes_ = 0;
  bool fine_ = true;
};

void copy_ranges(const Reader& from, const OwnedKeys& keys, Filling& into) {
  for (const KeyRange& range : keys.ranges) {
    from.scan(range.family, range.from, range.to, [&](std::string_view key, std::string_view value) {
      into.put(range.family, key, value);
      return true;
    });
  }
}

/// A counter never goes back: what the greater one has given is in use. Big-endian numbers compare as their bytes do.
void raise_counters(const std::vector<KeptEntries>& kept, const Reader& from, const Reader& of, Filling& into) {
  for (const KeptEntries& room : kept) {
    for (const auto& [family, key, spread] : room.counters) {
      auto theirs = from.get(family, key), ours = of.get(family, key);
      if (theirs && (!ours || *theirs > *ours)) into.put(family, key, *theirs);
    }
  }
}

bool erase_ranges(Store& store, const OwnedKeys& keys) {
  Result<void> erased = store.transact([&](Txn& txn) -> Result<void> {
    for (const KeyRange& range : keys.ranges) {
      if (range.family == Family::meta)
        txn.erase(range.family, range.from);
      else
        txn.erase_range(range.family, range.from, range.to);
    }
    return {};
  });
  return erased.has_value();
}

const char* const kNotWritten = "The data folder can't be written.";

/// Runs the change on the store in that folder, and closes it.
std::string change_store(const std::string& folder, const std::function<std::string(Store&)>& change) {
  OpenedStore opened = open_store(folder);
  if (auto* sentence = std::get_if<std::string>(&opened)) return *sentence;
  return change(*std::get<std::unique_ptr<Store>>(opened));
}

/// Runs the change on a copy of the closed store, whose files are links, and puts the copy in the store's place.
std::string change_copy(const std::string& folder, bool durable, const std::function<std::string(Store&)>& change) {
  namespace fs = std::filesystem;
  const std::string copy = folder + ".changed";
  std::error_code failed;
  fs::remove_all(copy, failed);
  std::string wrong = link_store(folder, copy);
  if (wrong.empty()) wrong = change_store(copy, change);
  if (wrong.empty() && durable) wrong = Store::sync_folder(copy);
  if (wrong.empty()) wrong = swap_stores(folder, copy);
  fs::remove_all(copy, failed);
  return wrong;
}

template <class Make>
std::string telling_faults(Make&& make) {
  try {
    return make();
  } catch (const StoreFault& fault) {
    return fault.what();
  }
}

}  // namespace

bool is_kept_service(const std::vector<KeptEntries>& kept, const std::string& service) {
  return std::any_of(kept.begin(), kept.end(), [&](const KeptEntries& room) { return service == room.service; });
}

std::string kept_services(const std::vector<KeptEntries>& kept) {
  std::string out;
  for (const KeptEntries& room : kept) {
    if (!room.service.empty()) out += (out.empty() ? "" : ", ") + room.service;
  }
  return out;
}

std::string AccountData::copy(const Reader& reader, const std::string& account, const std::string& folder) const {
  return telling_faults([&]() -> std::string {
    std::string wrong = change_store(folder, [&](Store& store) -> std::string {
      Filling filling(store);
      copy_ranges(reader, owned_keys(reader, kept_, {.account = account}), filling);
      raise_counters(kept_, reader, store, filling);
      return filling.flush() ? "" : kNotWritten;
    });
    return wrong.empty() && durable_ ? Store::sync_folder(folder) : wrong;
  });
}

std::string AccountData::replace_in(Store& store, const std::string& account, Store& from) const {
  const OwnedKeys theirs = owned_keys(from, kept_, {.account = account});
  const OwnedKeys others = owned_keys(store, kept_, {.account = account, .all_but_account = true});
  if (theirs.holders.overlaps(others.holders))
    return "Names or numbers that the snapshot uses are in use here by other accounts. Load it into a server of its "
           "own.";
  if (!erase_ranges(store, owned_keys(store, kept_, {.account = account}))) return kNotWritten;
  Filling filling(store);
  copy_ranges(from, theirs, filling);
  raise_counters(kept_, from, store, filling);
  return filling.flush() ? "" : kNotWritten;
}

std::string AccountData::replace(const std::string& folder, const std::string& account, const std::string& from) const {
  return telling_faults([&]() -> std::string {
    OpenedStore opened = open_store(from);
    if (auto* sentence = std::get_if<std::string>(&opened)) return *sentence;
    Store& source = *std::get<std::unique_ptr<Store>>(opened);
    return change_copy(folder, durable_, [&](Store& store) { return replace_in(store, account, source); });
  });
}

std::string AccountData::forget(const std::string& folder, const std::string& account,
                                const std::string& service) const {
  return telling_faults([&] {
    return change_copy(folder, durable_, [&](Store& store) -> std::string {
      const OwnedKeys owned = owned_keys(store, kept_, {.account = account, .service = service});
      return erase_ranges(store, owned) ? "" : kNotWritten;
    });
  });
}

void spread_ids(Store& store, const std::vector<KeptEntries>& kept, uint64_t random) {
  std::vector<Counter> counters;
  for (const KeptEntries& room : kept) counters.insert(counters.end(), room.counters.begin(), room.counters.end());
  const bool used = std::any_of(counters.begin(), counters.end(),
                                [&](const Counter& one) { return store.get(one.family, one.key).has_value(); });
  if (used) return;
  // 39 bits of chance above 20 bits of counting: below 2^60, so that they are numbers in JSON, too.
  const std::string first = number_name(((random & ((uint64_t{1} << 39) - 1)) + 1) << 20);
  Filling filling(store);
  for (const Counter& one : counters) {
    if (one.spread) filling.put(one.family, one.key, first);
  }
  filling.flush();
}

}  // namespace millrace::server
