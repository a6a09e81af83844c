#pragma once
// When an access key or a role was used last, where and for which service, and when a user or role used each service
// last. Kept in memory and written to the store once a minute each, so that a request doesn't cost a write; AWS's own
// figures lag behind by hours.

#include <map>
#include <optional>
#include <string>
#include <unordered_map>

#include "emulator/base/clock.h"
#include "emulator/base/mutex.h"
#include "emulator/storage/documents.h"

namespace millrace::iam {

class LastUses {
 public:
  struct Use {
    Millis time = 0;
    std::string region, service;
  };

  LastUses(storage::Store& store, Clock& clock) : store_(store), clock_(clock) {}

  /// `who`: an access key id, or a role's unique id. Thread-safe.
  void note(const std::string& who, const std::string& region, const std::string& service);
  /// nullopt if it was never used.
  std::optional<Use> of(const std::string& who) const;
  /// A user's or role's use of a service, by its unique id. Thread-safe.
  void note_service(const std::string& unique_id, const std::string& region, const std::string& service);
  /// By service.
  std::map<std::string, Use> services_of(const std::string& unique_id) const;
  /// In the change that deletes the key, the user or the role.
  static void forget(storage::Txn& txn, const std::string& who);

 private:
  struct Noted {
    Use use;
    Millis written = 0;
  };

  void note(const std::string& key, Use use);

  storage::Store& store_;
  Clock& clock_;
  mutable Mutex mutex_;
  /// By the key in the store; emptied at its bound: all of it is stored, to the minute.
  std::unordered_map<std::string, Noted> noted_ GUARDED_BY(mutex_);
};

}  // namespace millrace::iam
