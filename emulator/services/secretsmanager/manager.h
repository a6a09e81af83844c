#pragma once
// What Secrets Manager's operations share.

#include <functional>
#include <string>
#include <vector>

#include "emulator/base/epoch_seconds.h"
#include "emulator/base/work_in_progress.h"
#include "emulator/ports/encryption.h"
#include "emulator/ports/function_caller.h"
#include "emulator/ports/principals.h"
#include "emulator/protocol/operation.h"
#include "emulator/services/secretsmanager/errors.h"
#include "emulator/services/secretsmanager/secrets.h"
#include "emulator/services/secretsmanager/service.h"

namespace millrace::secretsmanager {

class Rotator;

/// What the room needs of others.
struct OtherRooms {
  std::shared_ptr<ports::Encryption> keys;  // encrypts the values
  ports::FunctionCaller& functions;         // rotates
  /// Whether the function is there, and lets Secrets Manager invoke it for that secret.
  std::function<bool(const std::string& function_arn, const std::string& secret_arn, const std::string& account)>
      may_invoke;
  std::shared_ptr<ports::Principals> principals = nullptr;  // whom policies may name; without it anybody
};

struct Manager {
  Manager(ServiceContext given, OtherRooms others) : context(std::move(given)), ports(std::move(others)) {}
  ServiceContext context;
  OtherRooms ports;
  WorkInProgress rotations;
  std::shared_ptr<Rotator> rotator;

  Millis now() const { return context.clock.now_ms(); }
  /// Erases the secret when its recovery window ends.
  void erase_later(const Secret& secret);
};

Place place_of(const protocol::Call& call);
AwsError bad_parameter(const std::string& text);
AwsError bad_request(const std::string& text);

/// A value as a request brings it: SecretString or SecretBinary.
struct Value {
  std::string bytes;
  bool binary = false;
};
/// nullopt: neither. InvalidParameterException for both.
Result<std::optional<Value>> value_of(const Json& input);
/// Versions with stages of AWS's, under the key that `edited` names instead; those without a value, and those that lie under it
/// already, aren't among them. Not within a change. EncryptionFailure, DecryptionFailure.
Result<std::vector<Version>> under_new_key(const Manager& manager, const Secret& found, const Secret& edited);
/// A new version with its value encrypted. Not within a change. EncryptionFailure.
Result<Version> sealed_version(const Manager& manager, const Secret& secret, const std::string& id, const Value& value);
/// The value of a version, as members SecretString or SecretBinary. DecryptionFailure.
Result<Json> opened_value(const Manager& manager, const Secret& secret, const Version& version);
std::string digest_of(const Secret& secret, const Value& value);

/// ClientRequestToken; the error where there is none, or one of the wrong length.
Result<std::string> token_of(const Json& input, const ErrorKind& kind = errors::invalid_request);

/// Puts a version with its stages. A version of that id with the same value is there already: nothing happens; with another:
/// ResourceExistsException.
Result<void> add_version(storage::Txn& txn, Secret& secret, const Version& version,
                         const std::vector<std::string>& stages);

Result<Json> merged_tags(Json tags, const Json& list);
Json tag_list(const Secret& secret);

/// The members that say which secret: {ARN, Name}.
Json named(const Secret& secret);

/// The caller's need on the secret that SecretId names.
protocol::AccessNeed secret_need(const Manager& manager, const protocol::Call& call, const std::string& action,
                                 const std::string& id);
/// `kms:<action>` on the secret's key for the caller; none for AWS's own.
void add_key_need(const Manager& manager, const protocol::Call& call, const std::string& action, const std::string& key,
                  const ports::EncryptionContext& context, protocol::AccessNeeds& needs);

/// An operation on the secret that SecretId names.
struct OnSecret {
  std::string name;
  const protocol::Shape* input;
  std::function<Result<Json>(protocol::Call&, Secret)> handle;
  bool reads_value = false;   // the caller must be allowed to decrypt
  bool writes_value = false;  // and to encrypt
};
protocol::Operation on_secret(Manager& manager, OnSecret operation);
/// One that edits the secret in a change, after check_changeable.
protocol::Operation change_secret(Manager& manager, std::string name, const protocol::Shape* input,
                                  std::function<Result<Json>(const protocol::Call&, storage::Txn&, Secret&)> change);

protocol::Member secret_id();
protocol::Shape tags_shape();
std::vector<protocol::Member> value_members();

Result<Json> read_value(const Manager& manager, const Secret& secret, const std::string& version_id,
                        const std::string& stage);
/// Notes that the secret was read today.
void note_access(const Manager& manager, const Secret& secret);
/// As ListSecrets' Filters choose. InvalidParameterException.
bool passes(const Secret& secret, const Json& filters);
protocol::Shape filters_shape();

/// [{Region, KmsKeyId}] as sent.
Json replica_list(const Secret& secret);
/// ReplicationStatus.
Json replication_status(const Secret& secret);
Result<void> add_replicas(storage::Txn& txn, Secret& secret, const Json& regions, bool overwrite, Millis now);

using Operations = std::vector<protocol::Operation>;
protocol::Operation create_secret(Manager& manager);  // create_secret.cc
Operations value_operations(Manager& manager);        // values.cc
Operations describing_operations(Manager& manager);   // describing.cc
Operations stage_operations(Manager& manager);        // stages.cc
Operations deleting_operations(Manager& manager);     // deleting.cc
Operations policy_operations(Manager& manager);       // policies.cc
Operations tag_operations(Manager& manager);          // tags.cc
Operations rotation_operations(Manager& manager);     // rotation.cc
Operations replica_operations(Manager& manager);      // replicas.cc
protocol::Operation get_random_password(Manager& manager);

}  // namespace millrace::secretsmanager
