#include "emulator/services/secretsmanager/secrets.h"

#include <algorithm>

#include "emulator/base/arn.h"
#include "emulator/services/secretsmanager/errors.h"
#include "emulator/storage/documents.h"

namespace millrace::secretsmanager {

namespace {

constexpr size_t kSuffix = 7;  // "-AbCdEf"

std::string secret_key(const Place& place, const std::string& name) {
  return storage::document_key({"secretsmanager", place.account, place.region, "secret", name});
}

/// Where a secret's versions lie: with the region that keeps it.
Place home_of(const Secret& secret) {
  return {text_of(secret, "account"), text_of(secret, "replica_of", text_of(secret, "region").c_str())};
}

std::string version_prefix(const Secret& secret) {
  const Place home = home_of(secret);
  return storage::document_key({"secretsmanager", home.account, home.region, "version", text_of(secret, "name")});
}

std::string version_key(const Secret& secret, const std::string& id) {
  const Place home = home_of(secret);
  return storage::document_key({"secretsmanager", home.account, home.region, "version", text_of(secret, "name"), id});
}

bool is_over(const Secret& secret, Millis now) {
  return secret.contains("deletion_ms") && int_of(secret, "deletion_ms") <= now;
}

/// A replica shows its primary, under its own region.
std::optional<Secret> seen_from(const storage::Reader& reader, Secret replica, Millis now) {
  const std::string region = text_of(replica, "region"), home = text_of(replica, "replica_of");
  auto primary = read_secret(reader, {text_of(replica, "account"), home}, text_of(replica, "name"), now);
  if (!primary) return std::nullopt;
  auto arn = Arn::parse(text_of(*primary, "arn"));
  arn->region = region;
  (*primary)["arn"] = arn->text();
  (*primary)["region"] = region;
  (*primary)["replica_of"] = home;
  primary->erase("kms_key_id");
  if (auto key = optional_text(replica, "kms_key_id")) (*primary)["kms_key_id"] = *key;
  return primary;
}

}  // namespace

std::string secret_arn(const Place& place, const std::string& name, const std::string& suffix) {
  return make_arn("secretsmanager", place.region, place.account, "secret:" + name + "-" + suffix);
}

AwsError no_such_secret() {
  return {errors::not_found, "Secrets Manager can't find the specified secret."};
}

std::optional<Secret> read_secret(const storage::Reader& reader, const Place& place, const std::string& name,
                                  Millis now) {
  auto secret = storage::get_document(reader, secret_key(place, name));
  if (!secret || is_over(*secret, now)) return std::nullopt;
  if (secret->contains("replica_of")) return seen_from(reader, std::move(*secret), now);
  return secret;
}

std::vector<Secret> list_secrets(const storage::Reader& reader, const Place& place, Millis now) {
  std::vector<Secret> out;
  const std::string prefix = storage::document_key({"secretsmanager", place.account, place.region, "secret"});
  for (Json& document : storage::list_documents(reader, prefix)) {
    if (is_over(document, now)) continue;
    auto secret = document.contains("replica_of") ? seen_from(reader, document, now) : std::optional<Secret>(document);
    if (secret) out.push_back(std::move(*secret));
  }
  return out;
}

void put_secret(storage::Txn& txn, const Secret& secret) {
  storage::put_document(
      txn, secret_key({text_of(secret, "account"), text_of(secret, "region")}, text_of(secret, "name")), secret);
}

void erase_secret(storage::Txn& txn, const Secret& secret) {
  if (!secret.contains("replica_of")) {
    const std::string versions = version_prefix(secret);
    txn.erase_range(storage::Family::meta, versions, storage::prefix_end(versions));
  }
  txn.erase(storage::Family::meta,
            secret_key({text_of(secret, "account"), text_of(secret, "region")}, text_of(secret, "name")));
}

std::optional<Version> read_version(const storage::Reader& reader, const Secret& secret, const std::string& id) {
  return storage::get_document(reader, version_key(secret, id));
}

std::vector<Version> list_versions(const storage::Reader& reader, const Secret& secret) {
  std::vector<Version> out = storage::list_documents(reader, version_prefix(secret));
  std::stable_sort(out.begin(), out.end(), [](const Version& a, const Version& b) {
    return int_of(a, "created_ms") < int_of(b, "created_ms");
  });
  return out;
}

void put_version(storage::Txn& txn, const Secret& secret, const Version& version) {
  storage::put_document(txn, version_key(secret, text_of(version, "id")), version);
}

void erase_version(storage::Txn& txn, const Secret& secret, const std::string& id) {
  txn.erase(storage::Family::meta, version_key(secret, id));
}

Result<Secret> find_secret(const storage::Reader& reader, const Place& place, const std::string& id, Millis now) {
  if (!id.starts_with("arn:")) {
    auto secret = read_secret(reader, place, id, now);
    if (secret) return std::move(*secret);
    return no_such_secret();
  }
  const auto arn = Arn::parse(id);
  if (!arn || arn->service != "secretsmanager" || arn->region != place.region || !arn->resource.starts_with("secret:"))
    return no_such_secret();
  const std::string rest = arn->resource.substr(7);
  // What ends in a hyphen and six characters is taken for a whole ARN.
  const bool whole = rest.size() > kSuffix && rest[rest.size() - kSuffix] == '-' &&
                     rest.find('-', rest.size() - kSuffix + 1) == std::string::npos;
  auto secret =
      read_secret(reader, {arn->account, arn->region}, whole ? rest.substr(0, rest.size() - kSuffix) : rest, now);
  if (!secret || (whole && text_of(*secret, "arn") != id)) return no_such_secret();
  return std::move(*secret);
}

Result<void> check_not_deleted(const Secret& secret) {
  if (!secret.contains("deletion_ms")) return {};
  return AwsError(errors::invalid_request,
                  "You can't perform this operation on the secret because it was marked for deletion.");
}

Result<void> check_changeable(const Secret& secret) {
  TRY_VOID(check_not_deleted(secret));
  if (!secret.contains("replica_of")) return {};
  return AwsError(errors::invalid_request,
                  "Operation not permitted on a replica secret. Call must be made in primary secret's region.");
}

std::vector<std::string> stages_of(const Secret& secret, const std::string& version_id) {
  std::vector<std::string> out;
  const Json stages = secret.value("stages", Json::object());
  for (const auto& [stage, id] : stages.items()) {
    if (id == version_id) out.push_back(stage);
  }
  std::sort(out.begin(), out.end());
  return out;
}

Json versions_to_stages(const Secret& secret) {
  Json out = Json::object();
  const Json stages = secret.value("stages", Json::object());
  for (const auto& [stage, id] : stages.items()) out[id.get<std::string>()] = stages_of(secret, id.get<std::string>());
  return out;
}

void move_stage(Secret& secret, const std::string& stage, const std::string& version_id) {
  Json& stages = secret["stages"];
  if (stage == "AWSCURRENT" && stages.contains(stage) && stages[stage] != version_id)
    stages["AWSPREVIOUS"] = stages[stage];
  stages[stage] = version_id;
  // The version that becomes current isn't the previous one any more.
  if (stage == "AWSCURRENT" && text_of(stages, "AWSPREVIOUS") == version_id) stages.erase("AWSPREVIOUS");
}

}  // namespace millrace::secretsmanager
