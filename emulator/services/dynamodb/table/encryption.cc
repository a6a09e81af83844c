// SSESpecification: what may be asked for, and how it is shown. The key decides who may use the table (table_key.h), and items
// lie encrypted under it (data_keys.h).

#include "emulator/ports/encryption.h"

#include "emulator/base/arn.h"
#include "emulator/services/dynamodb/table/table_key.h"
#include "emulator/services/dynamodb/table/table_rules.h"
#include "emulator/services/dynamodb/table/update_rules.h"

namespace millrace::dynamodb {

namespace {

constexpr Millis kHourMs = 3600 * 1000;
constexpr Millis kWindowMs = 24 * kHourMs;
constexpr const char* kManagedAlias = "alias/aws/dynamodb";
constexpr size_t kFreeChangesMax = 4;  // in the window
constexpr Millis kFurtherChangesMs = 6 * kHourMs;

/// Four changes in a day, then one every six hours. Notes the change.
Result<void> count_change(TableUpdate& update) {
  Json changes = Json::array();
  if (const Json* earlier = find(update.before.settings, "EncryptionChanges")) {
    for (const Json& at : *earlier) {
      if (at.get<Millis>() > update.now_ms - kWindowMs) changes.push_back(at);
    }
  }
  if (changes.size() >= kFreeChangesMax) {
    Millis last = changes.back().get<Millis>(), window_end = changes[0].get<Millis>() + kWindowMs;
    if (update.now_ms - last < kFurtherChangesMs)
      return AwsError(errors::limit_exceeded,
                      "Subscriber limit exceeded: Encryption mode changes are limited in the 24h window ending at " +
                          iso_millis(window_end) +
                          ". After the first 4 change, each subsequent change in the same window can be performed at "
                          "most once every 21600 seconds. Number of updates today: " +
                          std::to_string(changes.size()) + ". Last change at " + iso_millis(last) +
                          ". Next changes can be made at " + iso_millis(last + kFurtherChangesMs) + ".");
  }
  changes.push_back(update.now_ms);
  update.next.settings["EncryptionChanges"] = std::move(changes);
  return {};
}

}  // namespace

Result<void> check_encryption(const Json& specification) {
  bool enabled = bool_of(specification, "Enabled");
  std::string type = text_of(specification, "SSEType");
  bool has_key = find(specification, "KMSMasterKeyId") != nullptr;
  if (!enabled && !type.empty()) return invalid_values("SSEType can not be specified if Enabled is false");
  if (!enabled && has_key) return invalid_values("KMSMasterKeyId can not be specified if Enabled is false");
  if (type == "AES256") return invalid_values("SSEType AES256 is not supported");
  if (has_key && type.empty()) return invalid_values("SSEType KMS is required if KMSMasterKeyId is specified");
  return {};
}

std::string encryption_key_arn(const ports::Keys& keys, const std::string& name, const std::string& account,
                               const std::string& region) {
  if (name.empty() || name.ends_with(kManagedAlias)) return keys.managed_key_arn(account, region, "dynamodb");
  if (const auto* real = dynamic_cast<const ports::Encryption*>(&keys)) {
    if (auto found = real->find_key(account, region, name); !found.has_error()) return found->arn;
  }
  if (name.starts_with("arn:")) return name;
  // What isn't there is known by its name alone.
  return make_arn("kms", region, account, name.starts_with("alias/") ? name : "key/" + name);
}

Json sse_description(const ports::Keys& keys, const Json& specification, const std::string& account,
                     const std::string& region) {
  if (!bool_of(specification, "Enabled")) return nullptr;
  std::string key = encryption_key_arn(keys, text_of(specification, "KMSMasterKeyId"), account, region);
  return {{"Status", "ENABLED"}, {"SSEType", "KMS"}, {"KMSMasterKeyArn", key}};
}

Result<void> use_encryption_key(TableService& service, const Json* specification, const std::string& account,
                                const std::string& region, const protocol::Call* call) {
  if (!specification || !bool_of(*specification, "Enabled")) return {};
  const std::string name = text_of(*specification, "KMSMasterKeyId");
  const bool managed = name.empty() || name.ends_with(kManagedAlias);
  if (managed) TRY_VOID(service.keys->use_managed_key(account, region, "dynamodb"));
  const encryption::KeyOf key{account, region, name, {{"aws:dynamodb:subscriberId", account}}};
  auto used = call && !managed
                  ? encryption::use_key(service.key_user, key, *call, {"DescribeKey", "CreateGrant", "Decrypt"})
                  : encryption::usable_key(service.key_user.keys, key);
  if (used.has_error()) return refused_key(used.error(), service.context.random.uuid());
  auto made = service.data_keys.make(account, region, encryption_key_arn(*service.keys, name, account, region));
  if (made.has_error()) return refused_key(made.error(), service.context.random.uuid());
  return {};
}

Result<void> change_encryption_key(TableService& service, const Json* specification, const tables::Table& table,
                                   const protocol::Call* call) {
  TRY_VOID(use_encryption_key(service, specification, table.account, table.region, call));
  const std::string before = tables::kms_key_of(table);
  if (!specification || before.empty()) return {};
  // A table that AWS's own key is for has items under the one before: that of the account takes its place.
  std::string name = text_of(*specification, "KMSMasterKeyId");
  if (name.empty()) TRY_VOID(service.keys->use_managed_key(table.account, table.region, "dynamodb"));
  auto handed = service.data_keys.hand_on(table.account, table.region, before,
                                          encryption_key_arn(*service.keys, name, table.account, table.region));
  if (handed.has_error()) return refused_key(handed.error(), service.context.random.uuid());
  return {};
}

Result<void> update_encryption(TableUpdate& update) {
  const Json* specification = find(update.input, "SSESpecification");
  if (!specification) return {};
  TRY_VOID(check_encryption(*specification));
  Json wanted = sse_description(update.keys, *specification, update.before.account, update.before.region);
  const Json* current = find(update.before.settings, "SSEDescription");
  if (wanted.is_null() && !current) return invalid_values("Table is already encrypted by default");
  // The key's ARN alone is compared: the same key by another name is a change on AWS, too.
  std::string key = text_of(*specification, "KMSMasterKeyId");
  if (!wanted.is_null() && current && key.starts_with("arn:") && key == text_of(*current, "KMSMasterKeyArn"))
    return invalid_values(
        "Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter if you want to "
        "change "
        "Master Key");
  TRY_VOID(count_change(update));
  if (wanted.is_null())
    update.next.settings.erase("SSEDescription");
  else
    update.next.settings["SSEDescription"] = std::move(wanted);
  return {};
}

}  // namespace millrace::dynamodb
