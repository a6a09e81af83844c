#pragma once
// Secrets and their versions in the store.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/json.h"
#include "emulator/base/result.h"
#include "emulator/storage/store.h"

namespace millrace::secretsmanager {

struct Place {
  std::string account, region;
};

/// A secret as its document has it. Members: "account", "region", "name", "arn", "description", "kms_key_id" (as sent), "tags" {key: value},
/// "policy", "created_ms", "changed_ms", "accessed_ms", "deleted_ms", "deletion_ms", "stages" {stage: version id}, "rotation"
/// {"enabled", "function", "rules", "last_ms", "next_ms"}, "rotating" {"token", "step", "attempts", "retry_ms"}, "replicas" [{"region",
/// "kms_key_id"}], "replica_of" (a region).
using Secret = Json;

/// One version: "id", "created_ms", "sealed" (base64; absent until it has a value), "binary", "key_arn", "kms_key_id",
/// "digest" (of the value, under the secret's ARN), "accessed_ms".
using Version = Json;

std::optional<Secret> read_secret(const storage::Reader& reader, const Place& place, const std::string& name,
                                  Millis now);
std::vector<Secret> list_secrets(const storage::Reader& reader, const Place& place, Millis now);
void put_secret(storage::Txn& txn, const Secret& secret);
/// With its versions.
void erase_secret(storage::Txn& txn, const Secret& secret);

std::optional<Version> read_version(const storage::Reader& reader, const Secret& secret, const std::string& id);
/// Oldest first.
std::vector<Version> list_versions(const storage::Reader& reader, const Secret& secret);
void put_version(storage::Txn& txn, const Secret& secret, const Version& version);
void erase_version(storage::Txn& txn, const Secret& secret, const std::string& id);

/// A secret by its name, its ARN or its ARN without the six characters at its end. One that another region keeps is found in its
/// replicas' regions, too, with its ARN there; "replica_of" is then the region that keeps it. ResourceNotFoundException.
Result<Secret> find_secret(const storage::Reader& reader, const Place& place, const std::string& id, Millis now);
/// InvalidRequestException for what is marked for deletion.
Result<void> check_not_deleted(const Secret& secret);
/// The same, and for a replica, which only its primary changes.
Result<void> check_changeable(const Secret& secret);

std::string secret_arn(const Place& place, const std::string& name, const std::string& suffix);
AwsError no_such_secret();

/// The stages of a version, sorted.
std::vector<std::string> stages_of(const Secret& secret, const std::string& version_id);
/// {version id: [stages]}
Json versions_to_stages(const Secret& secret);

/// Gives a stage to a version. AWSCURRENT leaves AWSPREVIOUS behind.
void move_stage(Secret& secret, const std::string& stage, const std::string& version_id);

}  // namespace millrace::secretsmanager
