#pragma once
// `--iam audit`: what each principal used, what would have been denied and why, and the least-privilege
// policy that fits what it did. With `--iam on` what was denied. In memory only; the admin API shows it.

#include <map>
#include <optional>
#include <string>

#include "emulator/base/clock.h"
#include "emulator/base/json.h"
#include "emulator/base/mutex.h"

namespace millrace::iam {

class AccessAudit {
 public:
  /// One decision. `principal` is a user's, a role's or an account root's ARN (not a session's).
  void record(const std::string& principal, const std::string& action, const std::string& resource, bool allowed,
              const std::string& message, Millis now);

  /// {"principals": [{"principal", "requests", "actions": [{"action", "resource", "count", "deniedCount",
  /// "lastUsed" (ms), "message" (of the last denial)}], "dropped", "leastPrivilegePolicy": {...}}],
  /// "dropped"}
  Json report() const;
  /// The policy document that allows exactly what the principal did; nullopt if nothing is known of it.
  std::optional<Json> least_privilege_policy(const std::string& principal) const;
  /// When the first decision was recorded; 0 if none was.
  Millis since() const;
  void clear();

 private:
  struct Use {
    uint64_t count = 0, denied = 0;
    Millis last = 0;
    std::string message;
  };
  struct Record {
    uint64_t requests = 0, dropped = 0;
    std::map<std::pair<std::string, std::string>, Use> uses;  // by (action, resource)
  };
  static Json policy_of(const Record& record);

  mutable Mutex mutex_;
  std::map<std::string, Record> principals_ GUARDED_BY(mutex_);
  Millis since_ GUARDED_BY(mutex_) = 0;
  uint64_t dropped_ GUARDED_BY(mutex_) = 0;  // decisions of principals beyond the limit
};

}  // namespace millrace::iam
