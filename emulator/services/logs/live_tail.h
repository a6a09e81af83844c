#pragma once
// Live Tail: sessions that are shown events as they arrive, over an answer that doesn't end.
// Source: StartLiveTail in the API reference.

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/mutex.h"
#include "emulator/protocol/http.h"
#include "emulator/services/logs/filter_pattern.h"
#include "emulator/services/logs/log_groups.h"

namespace millrace::logs {

/// What a session wants to see.
struct TailSelection {
  std::vector<std::string> group_arns;
  std::vector<std::string> streams;          // empty: all
  std::vector<std::string> stream_prefixes;  // empty: all
  std::shared_ptr<const FilterPattern> pattern;

  bool wants(const std::string& group_arn, const std::string& stream) const;
};

class LiveTails {
 public:
  static constexpr size_t kSessionsMax = 15;  // of an account and region on AWS; here of the server

  LiveTails(Clock& clock, Timers& timers) : clock_(clock), timers_(timers) {}

  /// Opens a session whose first messages are `opening`; nullptr if there are too many. It ends when the answer is
  /// dropped, when `client` goes, after three hours by the clock, or with end_all().
  std::shared_ptr<protocol::BodySource> open(TailSelection selection, std::string opening,
                                             const protocol::Client& client);

  /// Is anybody looking at this group? Cheap where nobody looks at anything.
  bool watched(const std::string& group_arn);
  /// Shows events that were committed; called on the store's writer thread.
  void show(const std::string& group_arn, const std::string& stream, const std::vector<NewEvent>& events,
            Millis ingested_ms);
  void end_all();

 private:
  class Session;
  std::vector<std::shared_ptr<Session>> sessions();

  Clock& clock_;
  Timers& timers_;
  Mutex mutex_;
  std::vector<std::weak_ptr<Session>> sessions_ GUARDED_BY(mutex_);
  std::atomic<size_t> opened_ = 0;  // those in sessions_, ended ones included until they are swept
};

}  // namespace millrace::logs
