#pragma once
// Which entries of the store are whose: by account, by service. The keys' grammar is in storage/KEYS.md; what is here is
// what a reset of an account needs of it, or of a service, and a snapshot of one account.

#include <string>

#include "emulator/storage/store.h"

namespace millrace::server {

/// "dynamodb", "s3", ...: those of which something is kept.
bool is_kept_service(const std::string& service);
/// All of them, for a sentence.
std::string kept_services();

/// Writes the account's entries into a new store in `folder`. Empty, or a sentence.
std::string copy_account(const storage::Reader& reader, const std::string& account, const std::string& folder);
/// In the closed store in `folder`: the account's entries go and those of the closed store in `from` take their place. The
/// change is there whole or not at all. Empty, or a sentence.
std::string replace_account(const std::string& folder, const std::string& account, const std::string& from);
/// In the closed store in `folder`: the account's entries go, or all (empty), of the service or of all (empty).
std::string forget(const std::string& folder, const std::string& account, const std::string& service);

/// In a new store: ids begin at a number of its own, so that an account's entries don't meet the same ids where they are
/// brought to another store.
void spread_ids(storage::Store& store, uint64_t random);

}  // namespace millrace::server
