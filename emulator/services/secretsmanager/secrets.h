#pragma once
// Secrets and their versions in the store.

#include <map>
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

struct Rotation {
  bool enabled = false;
  std::string function;       // its ARN
  std::optional<Json> rules;  // as sent
  std::optional<Millis> last_ms, next_ms;
};

/// How far a rotation is that is under way.
struct Rotating {
  std::string token;
  int64_t step = 0, attempts = 0;
  bool only_test = false;
  Millis retry_ms = 0;
};

/// A region that has the secret as well.
struct Replica {
  std::string region;
  std::optional<std::string> key_id;  // as sent
};

struct Secret {
  std::string account, region, name;
  /// Of a replica, the region that keeps it: of its own it has what stands above the rest in `describe`.
  std::optional<std::string> replica_of;
  std::optional<std::string> kms_key_id;  // as sent
  std::string arn;
  std::optional<std::string> description, policy;
  std::optional<Json> tags;  // {key: value}; unset: there were never any
  Millis created_ms = 0, changed_ms = 0;
  std::optional<Millis> accessed_ms, deleted_ms, deletion_ms;
  std::map<std::string, std::string> stages;  // stage -> version's id
  std::optional<Rotation> rotation;
  std::optional<Rotating> rotating;
  std::vector<Replica> replicas;

  Place place() const { return {account, region}; }
  /// The region that keeps it.
  const std::string& home() const { return replica_of ? *replica_of : region; }
  bool is_deleted() const { return deletion_ms.has_value(); }
  /// The id of the version that has the stage; "" if none has.
  std::string version_at(const std::string& stage) const;
};

struct Version {
  std::string id;
  Millis created_ms = 0;
  std::optional<std::string> sealed;  // base64; unset until it has a value
  bool binary = false;
  std::optional<std::string> kms_key_id;
  std::string digest;  // of the value, under the secret's ARN
};

template <class Form>
void describe(Form& form, Rotation& rotation) {
  form.added("enabled", rotation.enabled);
  form.added("function", rotation.function);
  form.member("rules", rotation.rules);
  form.member("last_ms", rotation.last_ms);
  form.member("next_ms", rotation.next_ms);
}

template <class Form>
void describe(Form& form, Rotating& rotating) {
  form.member("token", rotating.token);
  form.member("step", rotating.step);
  form.member("attempts", rotating.attempts);
  form.added("only_test", rotating.only_test);
  form.added("retry_ms", rotating.retry_ms);
}

template <class Form>
void describe(Form& form, Replica& replica) {
  form.member("Region", replica.region);
  form.member("KmsKeyId", replica.key_id);
}

template <class Form>
void describe(Form& form, Secret& secret) {
  form.version(1);
  form.member("account", secret.account);
  form.member("region", secret.region);
  form.member("name", secret.name);
  form.member("replica_of", secret.replica_of);
  form.member("kms_key_id", secret.kms_key_id);
  if (secret.replica_of) return;
  form.member("arn", secret.arn);
  form.member("description", secret.description);
  form.member("policy", secret.policy);
  form.member("tags", secret.tags);
  form.member("created_ms", secret.created_ms);
  form.member("changed_ms", secret.changed_ms);
  form.member("accessed_ms", secret.accessed_ms);
  form.member("deleted_ms", secret.deleted_ms);
  form.member("deletion_ms", secret.deletion_ms);
  form.added("stages", secret.stages);
  form.member("rotation", secret.rotation);
  form.member("rotating", secret.rotating);
  form.added("replicas", secret.replicas);
}

template <class Form>
void describe(Form& form, Version& version) {
  form.version(1);
  form.member("id", version.id);
  form.member("created_ms", version.created_ms);
  form.member("sealed", version.sealed);
  form.added("binary", version.binary);
  form.member("kms_key_id", version.kms_key_id);
  form.added("digest", version.digest);
}

std::string secret_key(const Place& place, const std::string& name);
std::string version_key(const Secret& secret, const std::string& id);

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
/// replicas' regions, too, with its ARN there; `replica_of` is then the region that keeps it. ResourceNotFoundException.
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
