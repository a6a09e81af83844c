#pragma once
// Events of groups under a KMS key lie encrypted: under a data key of the group's, which KMS has encrypted, bound to the group's
// ARN. An event says which it is under, so that a group may come under another key, or under none.
//
//   message of an event in the store:  as it came, or   ff | u64 number of the data key | IV, ciphertext, tag (base/aes.h)
//   data key:  ("logs", "data-key", number as 20 digits)  -> JSON {arn, region, wrapped (base64)}

#include <atomic>
#include <string>
#include <string_view>
#include <unordered_map>

#include "emulator/base/mutex.h"
#include "emulator/ports/encryption.h"
#include "emulator/services/logs/log_groups.h"

namespace millrace::logs {

/// The data keys that were opened, by number. They are remembered with the process: whether the KMS key may still be
/// used is asked by whoever reads or writes (group_keys.h).
class EventKeys {
 public:
  static constexpr size_t kRememberedMax = 1024;  // beyond it all are forgotten, and opened again when they are missed

  explicit EventKeys(const storage::Reader& store) : store_(store) {}
  /// Before serving.
  void set(ports::Encryption* encryption) { encryption_ = encryption; }

  /// 32 bytes; empty if there is no such data key, or KMS doesn't open it. May be called from a change.
  std::string key(const storage::Reader& reader, uint64_t number);
  /// An event as it came; false if it can't be opened.
  bool open(Event& event);
  /// A visitor of events as they lie, which hands them on as they came; those that can't be opened are passed over.
  VisitEvent opening(VisitEvent visit);

 private:
  const storage::Reader& store_;
  std::atomic<ports::Encryption*> encryption_{nullptr};
  Mutex mutex_;
  std::unordered_map<uint64_t, std::string> opened_ GUARDED_BY(mutex_);
};

/// As the key of its document has it.
std::string data_key_name(uint64_t number);
/// A data key for a group that comes under a KMS key, not from a change; KMS's errors. Base64.
Result<std::string> wrap_data_key(ports::Encryption& keys, const std::string& key_arn, const std::string& group_arn);
/// Puts the group under it: further events are. In the change that stores the group.
void put_data_key(storage::Txn& txn, const Place& place, const std::string& group_arn, const std::string& wrapped,
                  LogGroup& group);
/// The data keys of a group that is erased.
void erase_data_keys(storage::Txn& txn, const LogGroup& group);

/// The message as it is stored, under the data key.
std::string sealed_message(uint64_t number, const std::string& key, std::string_view message);
/// Bytes of a stored message as it came.
int64_t message_bytes(std::string_view stored);

}  // namespace millrace::logs
