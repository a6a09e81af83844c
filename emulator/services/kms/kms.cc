#include "emulator/services/kms/kms.h"

#include "emulator/base/arn.h"
#include "emulator/base/encoding.h"
#include "emulator/services/kms/crypto.h"
#include "emulator/services/kms/grants.h"
#include "emulator/storage/document_form.h"

namespace millrace::kms {

using namespace protocol;

void Kms::start() {
  storage::each_model_anywhere<Key>(context.store, "kms", "key", [this](std::string_view, const Key& key) {
    if (key.deletion_ms) erase_later(key);
  });
}

void Kms::erase_later(const Key& key) {
  context.timers.at(key.deletion_ms.value_or(0), [this, account = key.account, region = key.region, id = key.id] {
    context.store.submit(
        [this, account, region, id](storage::Txn& txn) {
          const auto key = read_key(txn, account, region, id);
          if (!key || !key->deletion_ms || !key->gone(now())) return false;
          erase_key(txn, *key);
          forget_replica(txn, *key);
          return true;
        },
        [](storage::Outcome) {});
  });
}

std::string Kms::managed_key_arn(const std::string& account, const std::string& region,
                                 const std::string& service) const {
  return make_arn("kms", region, account, "key/" + managed_key_id(account, region, service));
}

Result<void> Kms::use_managed_key(const std::string& account, const std::string& region, const std::string& service) {
  Key key{account, region, managed_key_id(account, region, service)};
  key.service = service;
  TRY(key, ready(std::move(key)));
  return {};
}

/// Makes a key of AWS that isn't there yet, and does the rotation that is due.
Result<Key> Kms::ready(Key key) {
  const bool unused = key.aws_managed() && key.unused();
  const bool due = key.rotation && key.rotation->next_ms <= now() && key.state(now()) == "Enabled";
  if (!unused && !due) return key;
  TRY(Material material, new_material(context, "SYMMETRIC_DEFAULT", unused ? "" : "AUTOMATIC"));
  return context.store.transact([&](storage::Txn& txn) -> Result<Key> {
    if (auto known = read_key(txn, key.account, key.region, key.id)) key = std::move(*known);
    if (key.unused()) {
      key.spec = "SYMMETRIC_DEFAULT";
      key.usage = "ENCRYPT_DECRYPT";
      key.origin = "AWS_KMS";
      key.description = managed_description(key.service);
      key.policy = managed_policy(key.account, key.region, key.service);
      key.created_ms = now();
      key.materials = {std::move(material)};
    } else {
      rotate_if_due(key, std::move(material), now());
    }
    put_key(txn, key);
    return key;
  });
}

Result<Key> Kms::key_for(const Call& call, const std::string& name, Names names) {
  const Place place{call.caller.account, call.caller.region, now()};
  TRY(Key key, kms::find_key(context.store, place, name, names));
  return ready(std::move(key));
}

Result<Key> Kms::key_by_arn(const std::string& text) {
  const auto arn = Arn::parse(text);
  if (!arn) return AwsError(errors::invalid_arn, "Invalid arn " + text);
  // A key of AWS's that no one has used yet can't be told from one that never was, but by its name.
  for (const std::string& service : managed_services()) {
    if (managed_key_arn(arn->account, arn->region, service) == text)
      TRY_VOID(use_managed_key(arn->account, arn->region, service));
  }
  TRY(Key key, kms::find_key(context.store, {arn->account, arn->region, now()}, text));
  return ready(std::move(key));
}

std::optional<Key> Kms::peek(const std::string& text) const {
  const auto arn = Arn::parse(text);
  if (!arn || !arn->resource.starts_with("key/")) return std::nullopt;
  return read_key(context.store, arn->account, arn->region, arn->resource.substr(4));
}

Result<ports::KeyFacts> Kms::find_key(const std::string& account, const std::string& region,
                                      const std::string& name) const {
  TRY(Key key, kms::find_key(context.store, {account, region, now()}, name));
  return ports::KeyFacts{key.arn(), key.aws_managed(), key.aws_managed() || key.spec == "SYMMETRIC_DEFAULT"};
}

Result<void> Kms::check_usable(const std::string& key_arn) {
  TRY(Key key, key_by_arn(key_arn));
  TRY_VOID(check_state(key, now()));
  if (key.spec == "SYMMETRIC_DEFAULT") return {};
  return AwsError(errors::invalid_usage, key.arn() + " key usage is " + key.usage +
                                             " which is not valid for GenerateDataKey.");  // unverified for RSA
}

Result<std::string> Kms::encrypt(const std::string& key_arn, const std::string& plaintext,
                                 const ports::EncryptionContext& given) {
  TRY_VOID(check_usable(key_arn));
  TRY(Key key, key_by_arn(key_arn));
  return cipher(key, plaintext, given, now());
}

Result<ports::Deciphered> Kms::decrypt(const std::string& region, const std::string& ciphertext,
                                       const ports::EncryptionContext& given) {
  return open(region, ciphertext, given, false);
}

Result<ports::Deciphered> Kms::decrypt_in_any_state(const std::string& region, const std::string& ciphertext,
                                                    const ports::EncryptionContext& given) {
  return open(region, ciphertext, given, true);
}

Result<ports::Deciphered> Kms::open(const std::string& region, const std::string& ciphertext,
                                    const ports::EncryptionContext& given, bool in_any_state) {
  const auto envelope = open_envelope(ciphertext);
  if (!envelope) return AwsError(errors::invalid_ciphertext, "");
  const std::string arn = make_arn("kms", region, envelope->account, "key/" + envelope->key_id);
  TRY(Key key, kms::find_key(context.store, {envelope->account, region, now()}, arn));
  if (!in_any_state) TRY_VOID(check_state(key, now()));
  auto opened = decipher(key, *envelope, given);
  if (!opened) return AwsError(errors::invalid_ciphertext, "");
  return ports::Deciphered{std::move(opened->plaintext), arn};
}

std::string Kms::key_of(const std::string& region, const std::string& ciphertext) const {
  const auto envelope = open_envelope(ciphertext);
  return envelope ? make_arn("kms", region, envelope->account, "key/" + envelope->key_id) : "";
}

std::string Kms::policy(const std::string& key_arn) const {
  const auto key = peek(key_arn);
  return key && !key->gone(now()) ? effective_policy(context.store, *key) : "";
}

}  // namespace millrace::kms
