#pragma once
// Finds the entries of an account, a service, or both, in the store.

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "emulator/storage/store.h"

namespace millrace::server {

/// Whose entries are meant; what is empty holds for all.
struct Meant {
  std::string account, service;
  bool all_but_account = false;  // those of all other accounts
};

/// Entries from <= key < to.
struct KeyRange {
  storage::Family family;
  std::string from, to;
};

struct OwnedKeys {
  std::vector<KeyRange> ranges;
  /// The numbers by which tables, groups, queues, buckets and bodies are kept, with a letter for each kind.
  std::set<std::pair<char, uint64_t>> ids;
};

OwnedKeys owned_keys(const storage::Reader& reader, const Meant& meant);

/// Counters of the whole store (the next id of a table, ...), each a u64.
std::vector<std::pair<storage::Family, std::string>> counter_keys();

struct KeptService {
  const char* name;         // as the admin API calls it
  const char* first_parts;  // of its documents' keys, between spaces
};
const std::vector<KeptService>& service_list();

}  // namespace millrace::server
