#pragma once
// What S3's operations share: the store, the clock, the ports to other services, and background work.

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "emulator/base/clock.h"
#include "emulator/base/mutex.h"
#include "emulator/base/random.h"
#include "emulator/base/woken_thread.h"
#include "emulator/services/s3/service.h"
#include "emulator/services/service_context.h"
#include "emulator/storage/store.h"

namespace millrace::s3 {

struct S3 {
  explicit S3(ServiceContext given);
  ~S3();
  S3(const S3&) = delete;
  S3& operator=(const S3&) = delete;

  ServiceContext context;
  storage::Store& store;
  Clock& clock;
  Timers& timers;
  Random& random;

  // Set once, before the server listens; nullptr where nobody stands behind it.
  std::atomic<ports::Destination*> destination{nullptr};
  std::atomic<ports::Authority*> authority{nullptr};
  std::atomic<protocol::Identity*> identity{nullptr};
  std::atomic<const protocol::SignIn*> sign_in{nullptr};
  TargetCheck target_state;  // these three are used by requests only
  PrincipalCheck principal_is_known;
  std::shared_ptr<ports::Keys> keys;
  protocol::OwnNames names;

  Mutex own_keys_mutex;
  /// Of SSE-S3, by account, those that were used (objects/key_use.cc).
  std::unordered_map<std::string, std::string> own_keys GUARDED_BY(own_keys_mutex);

  /// Delivers events, runs lifecycle rules, writes access logs: what happens after a request was answered.
  std::unique_ptr<WokenThread> background;
  Millis lifecycle_due_ms = 0;  // used on the background thread alone
  std::atomic<TimerId> lifecycle_timer{0};
};

}  // namespace millrace::s3
