#pragma once
// Keys in the store: how they lie there, how they are found, in which state they are. Customers' keys and those that AWS
// manages for its services, one of each kind per account and region: whose aliases are there from the beginning, and which
// come to be when a service first encrypts with them or somebody first describes them by their alias.

#include <optional>
#include <string>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/json.h"
#include "emulator/base/result.h"
#include "emulator/storage/store.h"

namespace millrace::kms {

/// A key as its document has it. Members of the document: "spec", "usage", "origin", "description", "policy", "tags"
/// {key: value}, "created_ms", "enabled", "deletion_ms", "window_days", "materials" [{"id", "bytes" (base64), "at_ms", "kind"}], the
/// last being the current one; "rotation" {"period_days", "next_ms"}, "on_demand" (rotations), "valid_to_ms", "import",
/// "primary_region", "replicas" [regions].
struct Key {
  std::string account, region, id;
  std::string service = {};  // of those that AWS manages: "dynamodb"
  Json document = Json::object();

  std::string arn() const;
  std::string text(const char* member) const { return text_of(document, member); }
  bool aws_managed() const { return !service.empty(); }
  bool multi_region() const { return document.contains("primary_region"); }
  bool is_primary() const { return text("primary_region") == region; }
  /// "Enabled", "Disabled", "PendingDeletion", "PendingReplicaDeletion", "PendingImport".
  std::string state(Millis now) const;
  bool gone(Millis now) const;  // its deletion's time has come
  /// The current material; empty if there is none, or it has expired.
  Json material(Millis now) const;
  std::string material_bytes(Millis now) const;
};

/// "alias/aws/dynamodb" -> "dynamodb"; empty for what is no such alias.
std::string managed_service(const std::string& alias);
/// The services that AWS manages keys for, in the order of their aliases.
std::vector<std::string> managed_services();
std::string managed_key_id(const std::string& account, const std::string& region, const std::string& service);
std::string managed_description(const std::string& service);
/// The policy of such a key: whoever may use the service in the account may use the key through it.
std::string managed_policy(const std::string& account, const std::string& region, const std::string& service);
std::string default_policy(const std::string& account);

std::optional<Key> read_key(const storage::Reader& reader, const std::string& account, const std::string& region,
                            const std::string& id);
std::vector<Key> list_keys_of(const storage::Reader& reader, const std::string& account, const std::string& region);
void put_key(storage::Txn& txn, const Key& key);
/// With its aliases and grants.
void erase_key(storage::Txn& txn, const Key& key);

struct Alias {
  std::string name;  // "alias/mine"
  std::string target;
  Millis created_ms = 0, updated_ms = 0;
};
template <class Form>
void describe(Form& form, Alias& alias) {
  form.version(1);
  form.member("name", alias.name);
  form.member("target", alias.target);
  form.member("created_ms", alias.created_ms);
  form.member("updated_ms", alias.updated_ms);
}
std::optional<Alias> read_alias(const storage::Reader& reader, const std::string& account, const std::string& region,
                                const std::string& name);
std::vector<Alias> list_aliases_of(const storage::Reader& reader, const std::string& account,
                                   const std::string& region);
void put_alias(storage::Txn& txn, const std::string& account, const std::string& region, const Alias& alias);
void erase_alias(storage::Txn& txn, const std::string& account, const std::string& region, const std::string& name);

/// What a key is called by: id, ARN, and for what doesn't manage the key an alias or its ARN. Keys of AWS that aren't in
/// use yet are found by their alias, with an empty document. NotFoundException, InvalidArnException.
enum class Names { all, key_only };
struct Place {
  const std::string& account;
  const std::string& region;
  Millis now;
};
Result<Key> find_key(const storage::Reader& reader, const Place& place, const std::string& name,
                     Names names = Names::all);

/// DisabledException and KMSInvalidStateException for what can't be used in a cryptographic operation.
Result<void> check_state(const Key& key, Millis now);
/// KMSInvalidStateException for what is pending deletion.
Result<void> check_not_deleted(const Key& key, Millis now);
/// InvalidKeyUsageException.
Result<void> check_usage(const Key& key, const char* usage, const std::string& operation);

}  // namespace millrace::kms
