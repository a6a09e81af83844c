#pragma once
// Finds the entries of an account, a service, or both, in the store, by what the rooms declare.

#include <string>
#include <vector>

#include "emulator/services/kept_entries.h"

namespace millrace::server {

/// Whose entries are meant; what is empty holds for all.
struct Meant {
  std::string account, service;
  bool all_but_account = false;  // those of all other accounts
};

struct OwnedKeys {
  KeyRanges ranges;
  Holders holders;  // by which they were found
};

OwnedKeys owned_keys(const storage::Reader& reader, const std::vector<KeptEntries>& kept, const Meant& meant);

}  // namespace millrace::server
