#pragma once
// Entries of items, indexes and streams that lie encrypted. Readers and changes of the store see them opened; who writes under
// a number (a table's, stream's ...) that is sealed writes encrypted. What isn't sealed pays a look at two bytes for it.
//
//   sealed:  80 00 | u64 number of the data key | IV, ciphertext, tag (base/aes.h), bound to the entry's key
//
// No item, stream record or past change begins with 80 00: the first would be a count that isn't in its shortest form.

#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/mutex.h"
#include "emulator/storage/store.h"

namespace millrace::storage {

/// Whether an entry's value lies sealed, as one sees it who reads the store without opening.
inline bool is_sealed(Family family, std::string_view value) {
  return value.size() > 2 && value[0] == '\x80' && value[1] == '\0' &&
         (family == Family::items || family == Family::indexes || family == Family::streams);
}

class Seals {
 public:
  /// From now on reading opens what lies sealed; before, and in stores of which nobody says it, values come as they lie.
  void begin() { opens_ = true; }
  /// A data key of 32 bytes, by the number that stands in what is sealed under it.
  void know(uint64_t data_key, std::string key);
  /// From now on entries are written under this data key whose keys begin with one of the numbers. `owner` had others before.
  void seal(uint64_t owner, const std::vector<uint64_t>& numbers, uint64_t data_key);
  /// From now on the owner's entries are written in clear.
  void leave(uint64_t owner);

  /// The form in which an entry is to be stored; nullopt: as it is.
  std::optional<std::string> sealed(Family family, std::string_view key, std::string_view value) const;
  /// Opens a stored value, into `buffer`, where it lies sealed. False: its data key can't be had any more (its KMS key was
  /// deleted), so the entry isn't there. Throws StoreFault if the value was changed.
  bool open(Family family, std::string_view key, std::string_view& value, std::string& buffer) const {
    return !is_sealed(family, value) || !opens_ || open_sealed(key, value, buffer);
  }

 private:
  bool open_sealed(std::string_view key, std::string_view& value, std::string& buffer) const;
  void leave_locked(uint64_t owner) REQUIRES(mutex_);

  std::atomic<bool> opens_ = false;
  std::atomic<bool> seals_ = false;  // something is sealed
  mutable Mutex mutex_;
  std::map<uint64_t, std::string> keys_ GUARDED_BY(mutex_);
  std::map<uint64_t, uint64_t> data_key_of_ GUARDED_BY(mutex_);           // by the first number of entries' keys
  std::map<uint64_t, std::vector<uint64_t>> numbers_ GUARDED_BY(mutex_);  // by their owner
};

}  // namespace millrace::storage
