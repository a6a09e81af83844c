#pragma once
// A reset of an account or of a service, and a snapshot of one account, by what the rooms declare of their entries.

#include <string>
#include <vector>

#include "emulator/server/account_keys.h"
#include "emulator/services/kept_entries.h"

namespace millrace::server {

/// "dynamodb", "s3", ...: those of which something is kept.
bool is_kept_service(const std::vector<KeptEntries>& kept, const std::string& service);
/// All of them, for a sentence.
std::string kept_services(const std::vector<KeptEntries>& kept);

class AccountData {
 public:
  /// `durable`: a change is safe from a loss of power, too.
  AccountData(const std::vector<KeptEntries>& kept, bool durable) : kept_(kept), durable_(durable) {}

  /// Writes the account's entries into a new store in `folder`. Empty, or a sentence.
  std::string copy(const storage::Reader& reader, const std::string& account, const std::string& folder) const;
  /// In the closed store in `folder`: the account's entries go and those of the closed store in `from` take their place.
  /// The change is there whole or not at all. Empty, or a sentence.
  std::string replace(const std::string& folder, const std::string& account, const std::string& from) const;
  /// In the closed store in `folder`: the account's entries go, or all (empty), of the service or of all (empty).
  std::string forget(const std::string& folder, const std::string& account, const std::string& service) const;

 private:
  std::string replace_in(storage::Store& store, const std::string& account, storage::Store& from) const;

  const std::vector<KeptEntries>& kept_;
  const bool durable_;
};

/// In a new store: counters begin at a number of its own.
void spread_ids(storage::Store& store, const std::vector<KeptEntries>& kept, uint64_t random);

}  // namespace millrace::server
