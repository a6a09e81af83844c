#pragma once
// Messages on their way from a service to a target: EventBridge's rules, Scheduler, pipes and alarms send by it. A delivery
// is stored in the change that causes it, so that it isn't lost with the process; it is sent with its sender's permissions,
// retried with growing waits on the emulator's clock, and ends at the target or at a dead-letter queue. At least once: what
// was sent just before a kill -9 may be sent again.
//
//   {"delivery", id}    Family::meta, JSON: from the change to the delivery's end

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/executor.h"
#include "emulator/base/json.h"
#include "emulator/base/mutex.h"
#include "emulator/base/random.h"
#include "emulator/base/work_in_progress.h"
#include "emulator/delivery/outside.h"
#include "emulator/ports/destination.h"
#include "emulator/ports/metrics.h"
#include "emulator/ports/ports.h"
#include "emulator/storage/store.h"

namespace millrace::delivery {

/// How often and how long a delivery is tried again.
struct RetryPolicy {
  int64_t max_age_s = 86'400;
  int64_t max_attempts = 185;  // after the first
};

struct Delivery {
  std::string target_arn;
  ports::Message message;
  ports::Destination::Sender sender;
  RetryPolicy retry;
  std::string dead_letter_arn;  // a queue; empty: what fails is dropped
  ports::Destination::Sender dead_letter_sender;
  ports::Message dead_letter;  // the queue gets it with ERROR_CODE, ERROR_MESSAGE and what else tells of the failure
  bool plain_error_codes =
      false;  // ERROR_CODE is the target's own ("QueueDoesNotExist"), not EventBridge's word for it
  /// Why it can't be sent at all (a code of the dead-letter attributes, a sentence): it goes to the queue at once.
  std::string problem_code, problem;
  /// The ARN of what it comes from: a rule, a schedule, an alarm; what became of it is told under that.
  std::string origin;
  std::string cause;  // the key of what it comes from, for `millrace trace`; empty: what its change comes from
  /// Whose metrics count it ("AWS/Events"), and under which dimensions; empty: nobody's.
  std::string metrics_namespace;
  std::map<std::string, std::string> dimensions;
};

/// What became of a delivery, or of one try.
struct Outcome {
  Millis at_ms = 0;
  std::string origin, target;
  std::string what;    // "delivered", "to be tried again", "given up"
  std::string reason;  // a sentence; empty: none is needed
};

class Deliveries {
 public:
  /// Finds the destinations and metrics in `ports` when the first message is sent.
  Deliveries(storage::Store& store, Clock& clock, Timers& timers, Random& random, const ports::Ports& ports);
  ~Deliveries();

  /// While rooms are made.
  void add_outside(std::shared_ptr<Outside> outside) { outsides_.push_back(std::move(outside)); }
  /// Takes up what an earlier run left; once, before the server listens.
  void start();
  /// Ends the thread; what waits stays in the store. Before what it sends to goes. Idempotent.
  void stop();

  /// Stores a delivery; it is sent after the commit, in the order of the commits.
  void add(storage::Txn& txn, const Delivery& delivery);
  /// True while so many deliveries wait that no more should be accepted.
  bool full() const { return work_->under_way() >= kWaitingMax; }

  /// Runs `task` on the deliveries' thread, after what waits there; a drain waits for its end.
  void post(std::function<void()> task);

  /// What became lately of what came from there, oldest first: the newest 20 of the last 1,000 of all.
  std::vector<Outcome> outcomes(const std::string& origin) const;
  /// The same in lines; empty: nothing.
  std::string told_outcomes(const std::string& origin) const;

  /// Deliveries that were added and not yet ended, and tasks.
  WorkInProgress& in_progress() { return *work_; }

 private:
  static constexpr size_t kOutcomesMax = 1000, kOutcomesShown = 20;
  static constexpr uint64_t kWaitingMax = 100'000;  // each is 100 bytes in memory and a few KB on disk
  struct Thread;
  void enter(const std::string& id);
  void run(const std::string& id);
  void ended(const std::string& id, Outcome outcome, const Result<void>& sent);
  void note(Outcome outcome);
  void failed(const std::string& id, Json document, const AwsError& error);
  void give_up(const Json& document, const std::string& code, const std::string& sentence, const char* exhausted);
  void end(const std::string& id);
  void count(const Json& document, const char* metric);

  storage::Store& store_;
  Clock& clock_;
  Timers& timers_;
  Random& random_;
  ports::Late<ports::Destination> destination_;
  ports::Late<ports::Metrics> metrics_;
  mutable Mutex outcomes_mutex_;
  std::deque<Outcome> outcomes_ GUARDED_BY(outcomes_mutex_);
  std::vector<std::shared_ptr<Outside>> outsides_;                             // constant once the rooms start
  std::shared_ptr<WorkInProgress> work_ = std::make_shared<WorkInProgress>();  // the store's thread may outlive us
  std::shared_ptr<Thread> thread_;
};

}  // namespace millrace::delivery
