#include "emulator/services/secretsmanager/secrets.h"

#include <algorithm>

#include "emulator/base/arn.h"
#include "emulator/services/secretsmanager/errors.h"
#include "emulator/storage/document_form.h"

namespace millrace::secretsmanager {

namespace {

constexpr size_t kSuffix = 7;  // "-AbCdEf"

/// A secret's versions lie with the region that keeps it.
std::string version_prefix(const Secret& secret) {
  return storage::document_key({"secretsmanager", secret.account, secret.home(), "version", secret.name});
}

bool is_over(const Secret& secret, Millis now) {
  return secret.deletion_ms && *secret.deletion_ms <= now;
}

/// A replica shows its primary, under its own region.
std::optional<Secret> seen_from(const storage::Reader& reader, const Secret& replica, Millis now) {
  auto primary = read_secret(reader, {replica.account, replica.home()}, replica.name, now);
  if (!primary) return std::nullopt;
  auto arn = Arn::parse(primary->arn);
  arn->region = replica.region;
  primary->arn = arn->text();
  primary->region = replica.region;
  primary->replica_of = replica.replica_of;
  primary->kms_key_id = replica.kms_key_id;
  return primary;
}

}  // namespace

std::string secret_key(const Place& place, const std::string& name) {
  return storage::document_key({"secretsmanager", place.account, place.region, "secret", name});
}

std::string version_key(const Secret& secret, const std::string& id) {
  return storage::document_key({"secretsmanager", secret.account, secret.home(), "version", secret.name, id});
}

std::string Secret::version_at(const std::string& stage) const {
  const auto at = stages.find(stage);
  return at == stages.end() ? "" : at->second;
}

std::string secret_arn(const Place& place, const std::string& name, const std::string& suffix) {
  return make_arn("secretsmanager", place.region, place.account, "secret:" + name + "-" + suffix);
}

AwsError no_such_secret() {
  return {errors::not_found, "Secrets Manager can't find the specified secret."};
}

std::optional<Secret> read_secret(const storage::Reader& reader, const Place& place, const std::string& name,
                                  Millis now) {
  auto secret = storage::get_model<Secret>(reader, secret_key(place, name));
  if (!secret || is_over(*secret, now)) return std::nullopt;
  if (secret->replica_of) return seen_from(reader, *secret, now);
  return secret;
}

std::vector<Secret> list_secrets(const storage::Reader& reader, const Place& place, Millis now) {
  std::vector<Secret> out;
  const std::string prefix = storage::document_key({"secretsmanager", place.account, place.region, "secret"});
  for (Secret& stored : storage::list_models<Secret>(reader, prefix)) {
    if (is_over(stored, now)) continue;
    auto secret = stored.replica_of ? seen_from(reader, stored, now) : std::optional<Secret>(std::move(stored));
    if (secret) out.push_back(std::move(*secret));
  }
  return out;
}

void put_secret(storage::Txn& txn, const Secret& secret) {
  storage::put_model(txn, secret_key(secret.place(), secret.name), secret);
}

void erase_secret(storage::Txn& txn, const Secret& secret) {
  if (!secret.replica_of) {
    const std::string versions = version_prefix(secret);
    txn.erase_range(storage::Family::meta, versions, storage::prefix_end(versions));
  }
  txn.erase(storage::Family::meta, secret_key(secret.place(), secret.name));
}

std::optional<Version> read_version(const storage::Reader& reader, const Secret& secret, const std::string& id) {
  return storage::get_model<Version>(reader, version_key(secret, id));
}

std::vector<Version> list_versions(const storage::Reader& reader, const Secret& secret) {
  std::vector<Version> out = storage::list_models<Version>(reader, version_prefix(secret));
  std::stable_sort(out.begin(), out.end(),
                   [](const Version& a, const Version& b) { return a.created_ms < b.created_ms; });
  return out;
}

void put_version(storage::Txn& txn, const Secret& secret, const Version& version) {
  storage::put_model(txn, version_key(secret, version.id), version);
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
  if (!secret || (whole && secret->arn != id)) return no_such_secret();
  return std::move(*secret);
}

Result<void> check_not_deleted(const Secret& secret) {
  if (!secret.is_deleted()) return {};
  return AwsError(errors::invalid_request,
                  "You can't perform this operation on the secret because it was marked for deletion.");
}

Result<void> check_changeable(const Secret& secret) {
  TRY_VOID(check_not_deleted(secret));
  if (!secret.replica_of) return {};
  return AwsError(errors::invalid_request,
                  "Operation not permitted on a replica secret. Call must be made in primary secret's region.");
}

std::vector<std::string> stages_of(const Secret& secret, const std::string& version_id) {
  std::vector<std::string> out;
  for (const auto& [stage, id] : secret.stages) {
    if (id == version_id) out.push_back(stage);
  }
  return out;
}

Json versions_to_stages(const Secret& secret) {
  Json out = Json::object();
  for (const auto& [stage, id] : secret.stages) out[id] = stages_of(secret, id);
  return out;
}

void move_stage(Secret& secret, const std::string& stage, const std::string& version_id) {
  const std::string before = secret.version_at(stage);
  if (stage == "AWSCURRENT" && !before.empty() && before != version_id) secret.stages["AWSPREVIOUS"] = before;
  secret.stages[stage] = version_id;
  // The version that becomes current isn't the previous one any more.
  if (stage == "AWSCURRENT" && secret.version_at("AWSPREVIOUS") == version_id) secret.stages.erase("AWSPREVIOUS");
}

}  // namespace millrace::secretsmanager
