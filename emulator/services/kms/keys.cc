#include "emulator/services/kms/keys.h"

#include <algorithm>
#include <unordered_map>

#include "emulator/base/arn.h"
#include "emulator/base/encoding.h"
#include "emulator/services/kms/errors.h"
#include "emulator/storage/document_form.h"

namespace millrace::kms {

namespace {

constexpr size_t kIdLength = 36;
constexpr size_t kParsedMax = 32;  // keys of a thread; at the bound all are parsed anew

std::string place_key(const char* kind, const std::string& account, const std::string& region,
                      const std::string& name) {
  return storage::document_key({"kms", account, region, kind, name});
}

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

bool is_key_id(const std::string& text) {
  if (text.starts_with("mrk-")) return text.size() == 36 && is_hex(text.substr(4));
  return text.size() == kIdLength && std::count(text.begin(), text.end(), '-') == 4;
}

AwsError no_key(const Place& place, const std::string& account, const std::string& id) {
  return {errors::not_found, "Key '" + make_arn("kms", place.region, account, "key/" + id) + "' does not exist"};
}

Result<Key> find_by_alias(const storage::Reader& reader, const Place& place, const std::string& account,
                          const std::string& name) {
  const AwsError missing(errors::not_found, "Alias " + make_arn("kms", place.region, account, name) + " is not found.");
  if (const std::string service = managed_service(name); !service.empty()) {
    const std::string id = managed_key_id(account, place.region, service);
    if (auto key = read_key(reader, account, place.region, id)) return std::move(*key);
    Key unused{account, place.region, id};
    unused.service = service;
    return unused;
  }
  const auto alias = read_alias(reader, account, place.region, name);
  auto key = alias ? read_key(reader, account, place.region, alias->target) : std::nullopt;
  if (!key || key->gone(place.now)) return missing;
  return std::move(*key);
}

}  // namespace

std::string Key::arn() const {
  return make_arn("kms", region, account, "key/" + id);
}

bool Key::gone(Millis now) const {
  const bool waits = !replicas.empty() && is_primary();
  return !waits && deletion_ms && *deletion_ms <= now;
}

std::string Key::state(Millis now) const {
  if (deletion_ms) return !replicas.empty() && is_primary() ? "PendingReplicaDeletion" : "PendingDeletion";
  if (!material(now)) return "PendingImport";
  return enabled ? "Enabled" : "Disabled";
}

const Material* Key::material(Millis now) const {
  if (materials.empty() || (valid_to_ms && *valid_to_ms <= now)) return nullptr;
  if (materials.back().bytes.empty()) return nullptr;  // deleted, or not imported in this region yet
  return &materials.back();
}

std::string Key::material_id(Millis now) const {
  const Material* current = material(now);
  return current ? current->id : "";
}

std::string Key::material_bytes(Millis now) const {
  const Material* current = material(now);
  return current ? from_base64(current->bytes).value_or("") : "";
}

std::string key_key(const std::string& account, const std::string& region, const std::string& id) {
  return place_key("key", account, region, id);
}

std::optional<Key> read_key(const storage::Reader& reader, const std::string& account, const std::string& region,
                            const std::string& id) {
  const std::string at = key_key(account, region, id);
  const auto text = reader.get(storage::Family::meta, at);
  if (!text) return std::nullopt;
  // A request reads its key twice or more: what was parsed is kept by its text, which says all.
  static thread_local std::unordered_map<std::string, Key> parsed;
  auto found = parsed.find(*text);
  if (found == parsed.end()) {
    auto key = storage::get_model<Key>(reader, at);
    if (!key) return std::nullopt;
    if (parsed.size() >= kParsedMax) parsed.clear();
    found = parsed.insert_or_assign(*text, std::move(*key)).first;
  }
  return found->second;
}

std::vector<Key> list_keys_of(const storage::Reader& reader, const std::string& account, const std::string& region) {
  return storage::list_models<Key>(reader, storage::document_key({"kms", account, region, "key"}));
}

void put_key(storage::Txn& txn, const Key& key) {
  storage::put_model(txn, key_key(key.account, key.region, key.id), key);
}

void erase_key(storage::Txn& txn, const Key& key) {
  for (const Alias& alias : list_aliases_of(txn, key.account, key.region)) {
    if (alias.target == key.id) erase_alias(txn, key.account, key.region, alias.name);
  }
  const std::string grants = storage::document_key({"kms", key.account, key.region, "grant", key.id});
  txn.erase_range(storage::Family::meta, grants, storage::prefix_end(grants));
  txn.erase(storage::Family::meta, key_key(key.account, key.region, key.id));
}

std::string alias_key(const std::string& account, const std::string& region, const std::string& name) {
  return place_key("alias", account, region, name);
}

std::optional<Alias> read_alias(const storage::Reader& reader, const std::string& account, const std::string& region,
                                const std::string& name) {
  return storage::get_model<Alias>(reader, alias_key(account, region, name));
}

std::vector<Alias> list_aliases_of(const storage::Reader& reader, const std::string& account,
                                   const std::string& region) {
  return storage::list_models<Alias>(reader, storage::document_key({"kms", account, region, "alias"}));
}

void put_alias(storage::Txn& txn, const std::string& account, const std::string& region, const Alias& alias) {
  storage::put_model(txn, alias_key(account, region, alias.name), alias);
}

void erase_alias(storage::Txn& txn, const std::string& account, const std::string& region, const std::string& name) {
  txn.erase(storage::Family::meta, alias_key(account, region, name));
}

Result<Key> find_key(const storage::Reader& reader, const Place& place, const std::string& name, Names names) {
  std::string wanted = name, account = place.account;
  if (name.starts_with("arn:")) {
    const auto arn = Arn::parse(name);
    if (!arn || arn->service != "kms") return AwsError(errors::invalid_arn, "Invalid arn " + name);  // unverified
    if (arn->region != place.region) return AwsError(errors::not_found, "Invalid arn " + arn->region);
    account = arn->account;
    wanted = arn->resource.starts_with("key/") ? arn->resource.substr(4) : arn->resource;
  }
  if (wanted.starts_with("alias/")) {
    // unverified: what AWS says where only a key's own name will do
    if (names == Names::key_only) return AwsError(errors::invalid_arn, "Invalid keyId " + name);
    return find_by_alias(reader, place, account, wanted);
  }
  if (!is_key_id(wanted)) return AwsError(errors::not_found, "Invalid keyId '" + wanted + "'");
  auto key = read_key(reader, account, place.region, wanted);
  if (!key || key->gone(place.now)) return no_key(place, account, wanted);
  return std::move(*key);
}

Result<void> check_not_deleted(const Key& key, Millis now) {
  const std::string state = key.state(now);
  if (state == "PendingReplicaDeletion")
    return AwsError(errors::invalid_state, key.arn() + " is pending replica deletion.");
  if (state == "PendingDeletion") return AwsError(errors::invalid_state, key.arn() + " is pending deletion.");
  return {};
}

Result<void> check_state(const Key& key, Millis now) {
  TRY_VOID(check_not_deleted(key, now));
  const std::string state = key.state(now);
  if (state == "PendingImport") return AwsError(errors::invalid_state, key.arn() + " is pending import.");
  if (state == "Disabled") return AwsError(errors::disabled, key.arn() + " is disabled.");
  return {};
}

Result<void> check_usage(const Key& key, const char* usage, const std::string& operation) {
  if (key.usage == usage) return {};
  return AwsError(errors::invalid_usage,
                  key.arn() + " key usage is " + key.usage + " which is not valid for " + operation + ".");
}

}  // namespace millrace::kms
