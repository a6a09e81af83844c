#include "emulator/services/dynamodb/table/data_keys.h"

#include "emulator/base/aes.h"
#include "emulator/base/encoding.h"
#include "emulator/storage/documents.h"
#include "emulator/storage/seals.h"

namespace millrace::dynamodb {

namespace {

std::string document_key(const std::string& account, const std::string& region, const std::string& key_arn) {
  return storage::document_key({"dynamodb", "data-key", account, region, key_arn});
}

ports::EncryptionContext context_of(const std::string& account) {
  return {{"aws:dynamodb:subscriberId", account}};
}

/// The data key in its document, which holds it once for each KMS key that may open it.
std::optional<std::string> opened_key(ports::Encryption& keys, const Json& document) {
  const Json* wrapped = find(document, "wrapped");
  if (!wrapped) return std::nullopt;
  for (const auto& [arn, text] : wrapped->items()) {
    auto bytes = from_base64(text.get<std::string>());
    if (!bytes) continue;
    auto opened =
        keys.decrypt_in_any_state(text_of(document, "region"), *bytes, context_of(text_of(document, "account")));
    if (!opened.has_error()) return opened.value().plaintext;
  }
  return std::nullopt;
}

}  // namespace

DataKeys::DataKeys(storage::Store& store, tables::Tables& tables, ports::Encryption* keys)
    : store_(store), tables_(tables), keys_(keys) {
  if (!keys_) return;
  load();
  tables_.catalog.noted = [this](const tables::Table& table, bool gone) {
    if (gone)
      store_.seals().leave(table.id);
    else
      seal(table);
  };
}

DataKeys::~DataKeys() {
  tables_.catalog.noted = nullptr;
}

void DataKeys::load() {
  std::vector<Json> documents = storage::list_documents(store_, storage::document_key({"dynamodb", "data-key"}));
  store_.seals().begin();
  for (const Json& document : documents) {
    auto key = opened_key(*keys_, document);
    if (!key || key->size() != kAesKeyBytes) continue;  // its KMS keys were deleted: what lies under it is lost
    const auto number = static_cast<uint64_t>(int_of(document, "number"));
    store_.seals().know(number, *key);
    MutexLock lock(mutex_);
    opened_[number] = std::move(*key);
    numbers_[document_key(text_of(document, "account"), text_of(document, "region"), text_of(document, "key"))] =
        number;
  }
  for (const tables::TablePtr& table : tables_.catalog.all()) {
    const std::string arn = tables::kms_key_of(*table);
    if (arn.empty()) continue;
    // Tables of earlier versions have none yet; under a disabled key they get one at a later start.
    if (!number_of(*table)) (void)make(table->account, table->region, arn);
    seal(*table);
  }
}

std::optional<uint64_t> DataKeys::number_of(const tables::Table& table) const {
  const std::string arn = tables::kms_key_of(table);
  if (arn.empty()) return std::nullopt;
  MutexLock lock(mutex_);
  auto found = numbers_.find(document_key(table.account, table.region, arn));
  return found == numbers_.end() ? std::nullopt : std::optional(found->second);
}

void DataKeys::seal(const tables::Table& table) {
  const auto number = number_of(table);
  if (!number) return store_.seals().leave(table.id);
  std::vector<uint64_t> under{table.id};
  if (table.stream.id) under.push_back(table.stream.id);
  if (table.history_id) under.push_back(table.history_id);
  store_.seals().seal(table.id, under, *number);
}

Result<void> DataKeys::make(const std::string& account, const std::string& region, const std::string& key_arn) {
  if (!keys_) return {};
  const std::string at = document_key(account, region, key_arn);
  {
    MutexLock lock(mutex_);
    if (numbers_.contains(at)) return {};
  }
  std::string key = secret_bytes(kAesKeyBytes);
  TRY(std::string wrapped, keys_->encrypt(key_arn, key, context_of(account)));
  return store_.transact([&](storage::Txn& txn) -> Result<void> {
    if (txn.get(storage::Family::meta, at)) return {};  // somebody was quicker
    const uint64_t number = tables_.catalog.next_id(txn);
    storage::put_document(txn, at,
                          {{"account", account},
                           {"region", region},
                           {"key", key_arn},
                           {"number", number},
                           {"wrapped", {{key_arn, to_base64(wrapped)}}}});
    txn.after_commit([&, number] {
      store_.seals().know(number, key);
      MutexLock lock(mutex_);
      numbers_[at] = number;
      opened_[number] = key;
    });
    return {};
  });
}

Result<void> DataKeys::hand_on(const std::string& account, const std::string& region, const std::string& from_arn,
                               const std::string& to_arn) {
  if (!keys_ || from_arn == to_arn) return {};
  const std::string prefix = storage::document_key({"dynamodb", "data-key", account, region});
  for (Json& document : storage::list_documents(store_, prefix)) {
    Json& wrapped = document["wrapped"];
    if (!wrapped.contains(from_arn) || wrapped.contains(to_arn)) continue;
    std::string key;
    {
      MutexLock lock(mutex_);
      auto known = opened_.find(static_cast<uint64_t>(int_of(document, "number")));
      if (known == opened_.end()) continue;
      key = known->second;
    }
    TRY(const std::string sealed, keys_->encrypt(to_arn, key, context_of(account)));
    TRY_VOID(store_.transact([&](storage::Txn& txn) -> Result<void> {
      const std::string at = document_key(account, region, text_of(document, "key"));
      auto stored = storage::get_document(txn, at);
      if (!stored) return {};
      (*stored)["wrapped"][to_arn] = to_base64(sealed);
      storage::put_document(txn, at, *stored);
      return {};
    }));
  }
  return {};
}

void DataKeys::seal_backup(const tables::Table& table, uint64_t data_id) {
  if (const auto number = number_of(table)) store_.seals().seal(data_id, {data_id}, *number);
}

void DataKeys::end_backup(uint64_t data_id) {
  store_.seals().leave(data_id);
}

}  // namespace millrace::dynamodb
