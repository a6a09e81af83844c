#pragma once
// The data keys under which tables' items, index entries, stream records and past changes lie encrypted (storage/seals.h): one
// for each KMS key that tables of an account and region are under, beside them in the store as KMS has encrypted it. Tables
// without SSESpecification have none; what lay in clear when a table was put under a key stays so until it is written again.

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "emulator/base/mutex.h"
#include "emulator/ports/encryption.h"
#include "emulator/tables/tables.h"

namespace millrace::dynamodb {

class DataKeys {
 public:
  /// Opens the data keys that the store holds, and seals the tables that are there. `keys` may be null: nothing is sealed.
  DataKeys(storage::Store& store, tables::Tables& tables, ports::Encryption* keys);
  ~DataKeys();

  /// Sees to it that there is a data key under this KMS key, for tables of this account and region. Not from a change. KMS's
  /// errors.
  Result<void> make(const std::string& account, const std::string& region, const std::string& key_arn);
  /// What lies under one key can be opened by the other as well, for when the first is deleted. Not from a change. KMS's errors.
  Result<void> hand_on(const std::string& account, const std::string& region, const std::string& from_arn,
                       const std::string& to_arn);
  /// A backup's items are written under the data key of its table, until it is done.
  void seal_backup(const tables::Table& table, uint64_t data_id);
  void end_backup(uint64_t data_id);

 private:
  void load();
  void seal(const tables::Table& table);
  std::optional<uint64_t> number_of(const tables::Table& table) const;

  storage::Store& store_;
  tables::Tables& tables_;
  ports::Encryption* keys_;
  mutable Mutex mutex_;
  std::map<std::string, uint64_t> numbers_ GUARDED_BY(mutex_);  // by account, region and the KMS key's ARN
  std::map<uint64_t, std::string> opened_ GUARDED_BY(mutex_);
};

}  // namespace millrace::dynamodb
