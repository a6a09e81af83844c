#pragma once
// Logs Insights' queries at work: started, run on a thread of their own one after the other, kept with their results.
//
// Queries and results live in memory: at most 100 of them with 32 MiB of rows (the oldest finished one goes first; the
// newest stays, whatever its size), none outlives the process. AWS keeps results for seven days.

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "emulator/base/mutex.h"
#include "emulator/base/woken_thread.h"
#include "emulator/services/logs/insights/execute.h"
#include "emulator/services/logs/log_groups.h"
#include "emulator/services/service_context.h"

namespace millrace::logs::insights {

/// A query as it was started.
struct StartedQuery {
  std::string id;
  Place place;
  std::string text;
  std::vector<std::string> group_names;  // as asked for
  std::string user;
  Millis created_ms = 0;
  Execution execution;
  uint64_t number = 0;  // in the order of their starts; start() gives it
};

/// What is known of it.
struct QueryStatus {
  StartedQuery query;
  std::string status;  // "Scheduled", "Running", "Complete", "Failed", "Cancelled"
  Outcome outcome;     // when complete
};

class Queries {
 public:
  static constexpr size_t kKeptMax = 100;
  static constexpr size_t kRowBytesMax = 32u << 20;
  static constexpr size_t kWaitingMax = 30;  // at the bound start() refuses

  explicit Queries(const ServiceContext& context);
  ~Queries();

  /// False if too many wait.
  bool start(StartedQuery query);
  std::optional<QueryStatus> find(const Place& place, const std::string& id) const;
  /// All of a place, newest first, without their rows.
  std::vector<QueryStatus> list(const Place& place) const;
  /// False if it has ended already; nullopt if there is none.
  std::optional<bool> cancel(const Place& place, const std::string& id);
  void stop();

 private:
  struct Kept;
  void work();
  std::shared_ptr<Kept> next();
  void forget_oldest(const Kept* but) REQUIRES(mutex_);

  ServiceContext context_;
  mutable Mutex mutex_;
  std::deque<std::shared_ptr<Kept>> kept_ GUARDED_BY(mutex_);  // oldest first
  uint64_t started_ GUARDED_BY(mutex_) = 0;
  std::unique_ptr<WokenThread> background_;
};

}  // namespace millrace::logs::insights
