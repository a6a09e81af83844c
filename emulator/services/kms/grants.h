#pragma once
// Grants: who else may use a key, for what, with which encryption context. Also what rotation and replicas share with the rest.

#include "emulator/services/kms/keys.h"

namespace millrace::kms {

/// {"id", "token", "name", "grantee", "retiring", "issuer", "operations", "constraints", "created_ms"}
std::vector<Json> grants_of(const storage::Reader& reader, const Key& key);
void put_grant(storage::Txn& txn, const Key& key, const Json& grant);
void erase_grant(storage::Txn& txn, const Key& key, const std::string& id);

/// A rotation whose time has come: the material becomes the current one. rotation.cc
void rotate_if_due(Key& key, Json material, Millis now);
/// The primary key doesn't list a replica any more that is gone. multi_region.cc
void forget_replica(storage::Txn& txn, const Key& replica);

}  // namespace millrace::kms
