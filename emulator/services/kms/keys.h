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

struct Material {
  std::string id, bytes;  // base64; none: deleted
  Millis at_ms = 0;
  std::string kind;  // of a rotation: AUTOMATIC, ON_DEMAND
};

struct Rotation {
  int64_t period_days = 0;
  Millis next_ms = 0;
};

/// What GetParametersForImport has given away.
struct ImportOffer {
  std::string token, key, algorithm;  // key: the private half of the wrapping key, base64
  Millis until_ms = 0;
};

struct Key {
  std::string account, region, id;
  std::string service = {};  // of those that AWS manages: "dynamodb"
  std::string spec = {}, usage = {}, origin = {}, description = {}, policy = {};
  Json tags = Json::object();  // {key: value}, in the order of their coming
  Millis created_ms = 0;
  bool enabled = true;
  std::vector<Material> materials = {};  // the last is the current one
  std::optional<Millis> deletion_ms = {};
  std::optional<int64_t> window_days = {};
  std::optional<Rotation> rotation = {};
  int64_t on_demand = 0;  // rotations
  std::optional<ImportOffer> import_offer = {};
  std::optional<std::string> expiration_model = {};
  std::optional<Millis> valid_to_ms = {};
  std::optional<std::string> primary_region = {};
  std::vector<std::string> replicas = {};  // regions

  std::string arn() const;
  bool aws_managed() const { return !service.empty(); }
  /// One of AWS's that nothing has used yet: it isn't in the store.
  bool unused() const { return spec.empty(); }
  bool multi_region() const { return primary_region.has_value(); }
  bool is_primary() const { return primary_region == region; }
  /// "Enabled", "Disabled", "PendingDeletion", "PendingReplicaDeletion", "PendingImport".
  std::string state(Millis now) const;
  bool gone(Millis now) const;  // its deletion's time has come
  /// The current material; nullptr if there is none, or it has expired.
  const Material* material(Millis now) const;
  std::string material_id(Millis now) const;  // "" without one
  std::string material_bytes(Millis now) const;
};

template <class Form>
void describe(Form& form, Material& material) {
  form.member("id", material.id);
  form.member("bytes", material.bytes);
  form.added("at_ms", material.at_ms);
  form.added("kind", material.kind);
}

template <class Form>
void describe(Form& form, Rotation& rotation) {
  form.member("period_days", rotation.period_days);
  form.member("next_ms", rotation.next_ms);
}

template <class Form>
void describe(Form& form, ImportOffer& offer) {
  form.member("token", offer.token);
  form.member("key", offer.key);
  form.member("algorithm", offer.algorithm);
  form.member("until_ms", offer.until_ms);
}

template <class Form>
void describe(Form& form, Key& key) {
  form.version(1);
  form.member("id", key.id);
  form.member("account", key.account);
  form.member("region", key.region);
  form.added("service", key.service);
  form.member("spec", key.spec);
  form.member("usage", key.usage);
  form.added("origin", key.origin);
  form.added("description", key.description);
  form.member("policy", key.policy);
  form.added("tags", key.tags);
  form.member("created_ms", key.created_ms);
  form.added("enabled", key.enabled);
  form.member("materials", key.materials);
  form.member("deletion_ms", key.deletion_ms);
  form.member("window_days", key.window_days);
  form.member("rotation", key.rotation);
  form.added("on_demand", key.on_demand);
  form.member("import", key.import_offer);
  form.member("expiration_model", key.expiration_model);
  form.member("valid_to_ms", key.valid_to_ms);
  form.member("primary_region", key.primary_region);
  form.added("replicas", key.replicas);
}

std::string key_key(const std::string& account, const std::string& region, const std::string& id);

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
std::string alias_key(const std::string& account, const std::string& region, const std::string& name);
std::optional<Alias> read_alias(const storage::Reader& reader, const std::string& account, const std::string& region,
                                const std::string& name);
std::vector<Alias> list_aliases_of(const storage::Reader& reader, const std::string& account,
                                   const std::string& region);
void put_alias(storage::Txn& txn, const std::string& account, const std::string& region, const Alias& alias);
void erase_alias(storage::Txn& txn, const std::string& account, const std::string& region, const std::string& name);

/// What a key is called by: id, ARN, and for what doesn't manage the key an alias or its ARN. Keys of AWS that aren't in
/// use yet are found by their alias, unused(). NotFoundException, InvalidArnException.
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
