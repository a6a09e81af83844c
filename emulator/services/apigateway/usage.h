#pragma once
// How often a key of a usage plan was used: per quota period and per day, kept across restarts. Thread-safe. A request
// doesn't wait for its count to be stored (quotas are no hard limits on AWS either): kill -9 may forget those of the last
// moment, whose writes were queued.
//
//   {"apigateway", account, region, "usage", plan id, key id}
//       {"period": number of the quota's period, "used": requests in it, "days": {"2026-11-30": [used, remaining]}}

#include <map>
#include <memory>
#include <set>
#include <string>

#include "emulator/base/mutex.h"
#include "emulator/services/apigateway/state.h"
#include "emulator/services/service_context.h"

namespace millrace::apigateway {

class UsageCounters {
 public:
  explicit UsageCounters(const ServiceContext& context);

  /// A request by this key counts; false beyond the plan's quota (null: it has none).
  bool count(const Scope& scope, const std::string& plan, const std::string& key, const Json* quota);
  /// `[[used, remaining], ...]`, a pair for each day from `first` to `last` (2026-11-30), both included.
  Json days(const Scope& scope, const std::string& plan, const std::string& key, const Json* quota,
            const std::string& first, const std::string& last);
  /// UpdateUsage: so many requests are left in the current period.
  void set_remaining(const Scope& scope, const std::string& plan, const std::string& key, const Json& quota,
                     int64_t remaining);

 private:
  struct Used {
    bool loaded = false;
    int64_t period = 0, requests = 0;
    std::map<std::string, std::pair<int64_t, int64_t>> days;  // bounded by kDaysMax
  };
  /// Shared with the writes under way.
  struct State {
    Mutex mutex;
    std::map<std::string, Used> used GUARDED_BY(mutex);  // by the document's key
    std::set<std::string> unwritten GUARDED_BY(mutex);   // keys whose write has been queued and hasn't run
  };

  Used& load(const std::string& key, const Json* quota) REQUIRES(state_->mutex);
  /// Queues the write of what is counted under a key, unless one is queued already.
  void write(const std::string& key) EXCLUDES(state_->mutex);

  const ServiceContext context_;
  static constexpr size_t kKeysMax = 10'000;  // in memory; at the bound they are read anew
  static constexpr size_t kDaysMax = 90;      // as long as AWS keeps them
  const std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace millrace::apigateway
