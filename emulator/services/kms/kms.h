#pragma once
// What KMS's operations share.

#include <functional>
#include <string>
#include <vector>

#include "emulator/base/epoch_seconds.h"
#include "emulator/ports/encryption.h"
#include "emulator/ports/principals.h"
#include "emulator/protocol/operation.h"
#include "emulator/services/kms/errors.h"
#include "emulator/services/kms/keys.h"
#include "emulator/services/service_context.h"

namespace millrace::kms {

class Kms final : public ports::Encryption {
 public:
  /// Without `principals` policies and grants may name anybody.
  explicit Kms(ServiceContext given, std::shared_ptr<ports::Principals> known = nullptr)
      : context(std::move(given)), principals(std::move(known)) {}
  /// Sets the timers of deletions that were scheduled before the server's last start.
  void start();
  ServiceContext context;
  std::shared_ptr<ports::Principals> principals;
  Millis now() const { return context.clock.now_ms(); }

  std::string managed_key_arn(const std::string& account, const std::string& region,
                              const std::string& service) const override;
  Result<void> use_managed_key(const std::string& account, const std::string& region,
                               const std::string& service) override;
  Result<ports::KeyFacts> find_key(const std::string& account, const std::string& region,
                                   const std::string& name) const override;
  Result<void> check_usable(const std::string& key_arn) override;
  Result<std::string> encrypt(const std::string& key_arn, const std::string& plaintext,
                              const ports::EncryptionContext& context) override;
  Result<ports::Deciphered> decrypt(const std::string& region, const std::string& ciphertext,
                                    const ports::EncryptionContext& context) override;
  Result<ports::Deciphered> decrypt_in_any_state(const std::string& region, const std::string& ciphertext,
                                                 const ports::EncryptionContext& context) override;
  Result<void> grant(const std::string& key_arn, const ports::ServiceGrant& grant) override;
  std::string key_of(const std::string& region, const std::string& ciphertext) const override;
  std::string policy(const std::string& key_arn) const override;

  /// The key of an operation's request, ready for use: one of AWS is made at its first use, a rotation that is due is done.
  Result<Key> key_for(const protocol::Call& call, const std::string& name, Names names = Names::all);
  /// The same by ARN.
  Result<Key> key_by_arn(const std::string& arn);
  /// Erases the key when its time has come.
  void erase_later(const Key& key);

 private:
  Result<Key> ready(Key key);
  std::optional<Key> peek(const std::string& arn) const;
  Result<ports::Deciphered> open(const std::string& region, const std::string& ciphertext,
                                 const ports::EncryptionContext& context, bool in_any_state);
};

/// The key's policy with its live grants as statements.
std::string effective_policy(const storage::Reader& reader, const Key& key);

/// A ciphertext under a symmetric key: says which key and which of its materials it is under.
std::string cipher(const Key& key, const std::string& plaintext, const ports::EncryptionContext& context, Millis now);
struct Envelope {
  std::string account, key_id, material, sealed;
};
std::optional<Envelope> open_envelope(std::string_view blob);
/// nullopt: altered, another context, a material that isn't there any more.
struct Opened {
  std::string plaintext, material_id;
};
std::optional<Opened> decipher(const Key& key, const Envelope& envelope, const ports::EncryptionContext& context);

/// What the caller must be allowed to do with a key: `kms:<action>`, with the condition keys that KMS gives.
protocol::AccessNeed key_need(const Kms& kms, const protocol::Call& call, const std::string& action, const Key& key,
                              const ports::EncryptionContext& context = {});

/// An operation on the key that KeyId names: found, allowed, then handled.
struct OnKey {
  std::string name;
  const protocol::Shape* input;
  std::function<Result<Json>(protocol::Call&, Key)> handle;
  Names names = Names::key_only;
  const char* member = "KeyId";
  protocol::Runs runs = protocol::Runs::pooled;  // inlined: what takes microseconds under every kind of key
};
protocol::Operation on_key(Kms& kms, OnKey operation);
/// One that changes the key: `change` edits it within a transaction, after check_not_deleted.
protocol::Operation change_key(Kms& kms, std::string name, const protocol::Shape* input,
                               std::function<Result<Json>(const protocol::Call&, Key&)> change);

/// The members of an encryption context, or of anything that is a map of texts.
ports::EncryptionContext context_of(const Json& input, const char* member = "EncryptionContext");
/// A blob member's bytes.
std::string bytes_of(const Json& input, const char* member);
/// DryRunOperationException where the request has DryRun.
Result<void> check_dry_run(const Json& input);
/// [{TagKey, TagValue}] as {key: value}. TagException.
Result<Json> tags_of(const Json& list, Json before = Json::object());
/// Input members that many operations have.
protocol::Member key_id_member();
protocol::Member grant_tokens_member();
protocol::Member context_member(const char* name = "EncryptionContext");
protocol::Shape tag_list_shape();

/// The page of `all` that a request's Limit and Marker ask for, in the order of the member `name`, with Truncated and
/// NextMarker; InvalidMarkerException for a marker of another list.
Result<Json> page_of(const protocol::Call& call, const char* member, Json all, const char* name, size_t page_max);

/// As DescribeKey and CreateKey show it.
Json metadata_of(const Key& key, Millis now);
/// MalformedPolicyDocumentException: no policy, one by which nobody could ever change it, or which names principals of the
/// account that aren't there.
Result<void> check_policy(const Kms& kms, const std::string& account, const Json& input);
/// new_private_key() for a request. RSA keys take a worker for seconds: four at once, ThrottlingException beyond.
Result<std::string> generate_private_key(const std::string& spec);
/// A key's first material: bytes for what is symmetric, a private key for what isn't.
Result<Material> new_material(ServiceContext& context, const std::string& spec, const char* kind = "");

using Operations = std::vector<protocol::Operation>;
Operations key_operations(Kms& kms);           // life_cycle.cc
Operations alias_operations(Kms& kms);         // aliases.cc
Operations policy_operations(Kms& kms);        // policies.cc
Operations tag_operations(Kms& kms);           // tags.cc
Operations grant_operations(Kms& kms);         // grants.cc
Operations rotation_operations(Kms& kms);      // rotation.cc
Operations encryption_operations(Kms& kms);    // encryption.cc
Operations data_key_operations(Kms& kms);      // data_keys.cc
Operations signing_operations(Kms& kms);       // signing.cc
Operations import_operations(Kms& kms);        // imports.cc
Operations multi_region_operations(Kms& kms);  // multi_region.cc

}  // namespace millrace::kms
