#include "emulator/services/secretsmanager/manager.h"

#include <algorithm>
#include <set>

#include "emulator/base/encoding.h"
#include "emulator/protocol/tag_keys.h"

namespace millrace::secretsmanager {

using namespace protocol;

namespace {

constexpr const char* kOwnKey = "alias/aws/secretsmanager";
constexpr size_t kTagsMax = 50;
constexpr size_t kVersionsMax = 100;  // those without stages go beyond it, the oldest first

ports::EncryptionContext context_of(const Secret& secret, const std::string& version_id) {
  return {{"SecretARN", secret.arn}, {"SecretVersionId", version_id}};
}

/// What a version is encrypted with is named by its home's ARN, wherever it is read.
ports::EncryptionContext home_context(const Secret& secret, const std::string& version_id) {
  if (!secret.replica_of) return context_of(secret, version_id);
  Secret there = secret;
  const std::string region = ":" + secret.region + ":";
  there.arn.replace(there.arn.find(region), region.size(), ":" + secret.home() + ":");
  return context_of(there, version_id);
}

void drop_bare_versions(storage::Txn& txn, const Secret& secret) {
  const auto versions = list_versions(txn, secret);
  size_t left = versions.size();
  for (const Version& version : versions) {
    if (left <= kVersionsMax) return;
    if (!stages_of(secret, version.id).empty()) continue;
    erase_version(txn, secret, version.id);
    --left;
  }
}

}  // namespace

void Manager::erase_later(const Secret& secret) {
  context.timers.at(secret.deletion_ms.value_or(0), [this, secret] {
    context.store.submit(
        [this, secret](storage::Txn& txn) {
          // Restored or made anew meanwhile: it is there to be seen.
          if (read_secret(txn, secret.place(), secret.name, now())) return false;
          erase_secret(txn, secret);
          return true;
        },
        [](storage::Outcome) {});
  });
}

Place place_of(const Call& call) {
  return {call.caller.account, call.caller.region};
}

AwsError bad_parameter(const std::string& text) {
  return {errors::invalid_parameter, text};
}

AwsError bad_request(const std::string& text) {
  return {errors::invalid_request, text};
}

Result<std::optional<Value>> value_of(const Json& input) {
  const auto text = optional_text(input, "SecretString"), binary = optional_text(input, "SecretBinary");
  if (text && binary)  // unverified
    return bad_parameter("You can't specify both a binary secret value and a string secret value in the same secret.");
  if (text) return std::optional<Value>(Value{*text, false});
  if (binary) return std::optional<Value>(Value{from_base64(*binary).value_or(""), true});
  return std::optional<Value>();
}

std::string digest_of(const Secret& secret, const Value& value) {
  return to_hex(hmac_sha256(secret.arn, (value.binary ? "b" : "s") + value.bytes));
}

namespace {

AwsError cannot_encrypt() {
  return {errors::encryption_failure,
          "Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check that the "
          "KMS key is available, enabled, and not in an invalid state."};
}

}  // namespace

Result<Version> sealed_version(const Manager& manager, const Secret& secret, const std::string& id,
                               const Value& value) {
  ports::Encryption& keys = *manager.ports.keys;
  auto key = keys.find_key(secret.account, secret.region, secret.kms_key_id.value_or(kOwnKey));
  auto sealed =
      key.has_error() ? Result<std::string>(key.error()) : keys.encrypt(key->arn, value.bytes, context_of(secret, id));
  if (sealed.has_error()) return cannot_encrypt();
  Version version{.id = id, .created_ms = manager.now(), .sealed = to_base64(*sealed), .binary = value.binary};
  if (secret.kms_key_id) version.kms_key_id = key->arn;
  version.digest = digest_of(secret, value);
  return version;
}

Result<std::vector<Version>> under_new_key(const Manager& manager, const Secret& found, const Secret& edited) {
  std::vector<Version> out;
  if (edited.kms_key_id && manager.ports.keys->find_key(edited.account, edited.region, *edited.kms_key_id).has_error())
    return cannot_encrypt();
  std::set<std::string> ids;
  for (const char* stage : {"AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"}) ids.insert(found.version_at(stage));
  for (const std::string& id : ids) {
    auto version = id.empty() ? std::nullopt : read_version(manager.context.store, found, id);
    if (!version || !version->sealed) continue;
    TRY(Json opened, opened_value(manager, found, *version));
    TRY(auto value, value_of(opened));
    TRY(Version sealed, sealed_version(manager, edited, id, *value));
    version->sealed = sealed.sealed;
    version->kms_key_id = sealed.kms_key_id;
    out.push_back(std::move(*version));
  }
  return out;
}

Result<Json> opened_value(const Manager& manager, const Secret& secret, const Version& version) {
  auto opened = manager.ports.keys->decrypt(secret.home(), from_base64(version.sealed.value_or("")).value_or(""),
                                            home_context(secret, version.id));
  if (opened.has_error())
    return AwsError(errors::decryption_failure,
                    "Secrets Manager can't decrypt the protected secret text using the provided KMS key.");
  if (version.binary) return Json{{"SecretBinary", to_base64(opened->plaintext)}};
  return Json{{"SecretString", opened->plaintext}};
}

Result<std::string> token_of(const Json& input, const ErrorKind& kind) {
  const std::string token = text_of(input, "ClientRequestToken");
  if (token.empty())
    return AwsError(kind, "You must provide a ClientRequestToken value. We recommend a UUID-type value.");
  if (token.size() < 32 || token.size() > 64) return bad_parameter("ClientRequestToken must be 32-64 characters long.");
  return token;
}

Result<void> add_version(storage::Txn& txn, Secret& secret, const Version& version,
                         const std::vector<std::string>& stages) {
  if (const auto before = read_version(txn, secret, version.id); before && before->sealed) {
    if (before->digest != version.digest)
      return AwsError(errors::exists, "A resource with the ID you requested already exists.");
    return {};
  }
  put_version(txn, secret, version);
  for (const std::string& stage : stages) move_stage(secret, stage, version.id);
  drop_bare_versions(txn, secret);
  return {};
}

Result<Json> merged_tags(Json tags, const Json& list) {
  for (const Json& tag : list) {
    const std::string key = text_of(tag, "Key");
    if (protocol::is_reserved_tag_key(key))
      return bad_parameter("Tags prefixed with 'aws:' are reserved for AWS internal use.");  // unverified
    tags[key] = text_of(tag, "Value");
  }
  if (tags.size() > kTagsMax) return AwsError(errors::limit_exceeded, "The number of tags exceeds the limit of 50.");
  return tags;
}

Json tag_list(const Secret& secret) {
  Json out = Json::array();
  const Json tags = secret.tags.value_or(Json::object());
  for (const auto& [key, value] : tags.items()) out.push_back({{"Key", key}, {"Value", value}});
  return out;
}

Json named(const Secret& secret) {
  return {{"ARN", secret.arn}, {"Name", secret.name}};
}

AccessNeed secret_need(const Manager& manager, const Call& call, const std::string& action, const std::string& id) {
  const Place place = place_of(call);
  AccessNeed need{"secretsmanager:" + action, id};
  need.context["secretsmanager:secretid"] = {id};
  const std::string stage = text_of(call.input, "VersionStage", action == "GetSecretValue" ? "AWSCURRENT" : "");
  if (!stage.empty()) need.context["secretsmanager:versionstage"] = {stage};
  if (action == "PutResourcePolicy")
    need.context["secretsmanager:blockpublicpolicy"] = {bool_of(call.input, "BlockPublicPolicy") ? "true" : "false"};
  const Json requested = call.input.value("Tags", Json::array());
  for (const Json& tag : requested) {
    need.context["aws:requesttag/" + text_of(tag, "Key")] = {text_of(tag, "Value")};
    need.context["aws:tagkeys"].push_back(text_of(tag, "Key"));
  }
  auto secret = find_secret(manager.context.store, place, id, manager.now());
  if (secret.has_error()) {
    // What isn't there is judged as if it were: policies name secrets by patterns that end in six characters.
    if (!id.starts_with("arn:")) need.resource = secret_arn(place, id, "??????");
    return need;
  }
  need.resource = secret->arn;
  need.resource_policy = secret->policy.value_or("");
  need.resource_account = secret->account;
  const Json tags = secret->tags.value_or(Json::object());
  for (const auto& [key, value] : tags.items()) {
    need.context["aws:resourcetag/" + key] =
        need.context["secretsmanager:resourcetag/" + key] = {value.get<std::string>()};
  }
  return need;
}

void add_key_need(const Manager& manager, const Call& call, const std::string& action, const std::string& key,
                  const ports::EncryptionContext& context, AccessNeeds& needs) {
  if (key.empty()) return;
  auto facts = manager.ports.keys->find_key(call.caller.account, call.caller.region, key);
  if (facts.has_error() || facts->aws_managed) return;  // what is wrong with the key is told when it is used
  AccessNeed need{"kms:" + action, facts->arn};
  need.context = ports::key_use_context("secretsmanager", call.caller.region, call.caller.account, context);
  needs.push_back(std::move(need));
}

Operation on_secret(Manager& manager, OnSecret operation) {
  auto access = [&manager, name = operation.name, reads = operation.reads_value,
                 writes = operation.writes_value](const Call& call) -> Result<AccessNeeds> {
    const std::string id = text_of(call.input, "SecretId");
    AccessNeeds needs{secret_need(manager, call, name, id)};
    const bool with_value = call.input.contains("SecretString") || call.input.contains("SecretBinary");
    if (!reads && !(writes && with_value)) return needs;
    auto secret = find_secret(manager.context.store, place_of(call), id, manager.now());
    if (secret.has_error()) return needs;
    const std::string key = text_of(call.input, "KmsKeyId", secret->kms_key_id.value_or(""));
    const ports::EncryptionContext context{{"SecretARN", secret->arn}};
    if (writes) add_key_need(manager, call, "GenerateDataKey", key, context, needs);
    add_key_need(manager, call, "Decrypt", key, context, needs);
    return needs;
  };
  auto handle = [&manager, run = std::move(operation.handle)](Call& call) -> Result<Json> {
    TRY(Secret secret,
        find_secret(manager.context.store, place_of(call), text_of(call.input, "SecretId"), manager.now()));
    return run(call, std::move(secret));
  };
  return {.name = operation.name,
          .input = operation.input,
          .access = access,
          .handle = JsonHandler(handle),
          .checks_root = true};
}

Operation change_secret(Manager& manager, std::string name, const Shape* input,
                        std::function<Result<Json>(const Call&, storage::Txn&, Secret&)> change) {
  auto handle = [&manager, change = std::move(change)](Call& call, const Secret&) -> Result<Json> {
    return manager.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(Secret secret, find_secret(txn, place_of(call), text_of(call.input, "SecretId"), manager.now()));
      TRY_VOID(check_changeable(secret));
      TRY(Json out, change(call, txn, secret));
      put_secret(txn, secret);
      return out;
    });
  };
  return on_secret(manager, {std::move(name), input, handle});
}

Member secret_id() {
  return required("SecretId", string().length(1, 2048));
}

Shape tags_shape() {
  return list(structure({optional("Key", string().length(1, 128)), optional("Value", string().length(0, 256))}));
}

std::vector<Member> value_members() {
  return {optional("ClientRequestToken", string()), optional("SecretBinary", blob().length(0, 65'536)),
          optional("SecretString", string().length(0, 65'536))};
}

void note_access(const Manager& manager, const Secret& secret) {
  constexpr Millis kDayMs = 24 * 3600 * 1000;
  const Millis today = manager.now() / kDayMs * kDayMs;
  if (secret.accessed_ms.value_or(0) == today || secret.replica_of) return;
  manager.context.store.submit(
      [secret, today, &manager](storage::Txn& txn) {
        auto current = read_secret(txn, secret.place(), secret.name, manager.now());
        if (!current || current->replica_of) return false;
        current->accessed_ms = today;
        put_secret(txn, *current);
        return true;
      },
      [](storage::Outcome) {});
}

}  // namespace millrace::secretsmanager
