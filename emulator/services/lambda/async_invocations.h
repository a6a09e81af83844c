#pragma once
// Asynchronous invocations: events that were accepted with 202 and wait to be run, are retried, and end at a destination
// or dead-letter target. Each is a document under {"lambda-async", id} from its acceptance to its end, so that it
// survives kill -9 (then it may run once more: at least once, as on AWS).
//
// All state in memory belongs to the room's background thread.

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "emulator/base/json.h"
#include "emulator/base/work_in_progress.h"
#include "emulator/ports/invoker.h"
#include "emulator/services/lambda/function_name.h"

namespace millrace::lambda {

struct Lambda;

struct AsyncEvent {
  FunctionRef ref;
  std::string payload;  // JSON text
  std::string request_id;
  std::string trace_header = {};  // the trace to go on with
  std::string tenant_id = {};
};

class AsyncInvocations {
 public:
  explicit AsyncInvocations(Lambda& lambda) : lambda_(lambda) {}

  /// Stores the event and has it run. Waits for the commit.
  Result<void> accept(AsyncEvent event);
  /// The same without waiting: `done` is called on the store's writer thread and must only post.
  void accept(AsyncEvent event, std::function<void(Result<void>)> done);
  /// The function's concurrency changed: what was throttled is tried again now.
  void capacity_changed(const FunctionRef& ref);
  /// Takes up what waits in the store.
  void start();
  /// Events accepted and not yet ended: run without success for the last time, or successfully, and told to
  /// their destination.
  WorkInProgress& events() { return *events_; }

 private:
  static constexpr int kRunningMax = 50;  // at once per function and qualifier; ours, AWS scales further
  // The events of one function and qualifier: as many run at once as the limit allows, the rest stand in line, those
  // accepted first in front. What was throttled is back in line, and the limit is then what runs; freed capacity, of
  // which the invoker tells, lets in one more.
  struct Lane {
    std::multimap<Millis, std::string> line;  // by the time of acceptance
    int running = 0;
    int limit = kRunningMax;
    bool waits_for_capacity = false;  // the invoker will tell
    Millis expiry_ms = 0;             // a timer is set for then; 0: none
  };
  struct Entry {
    std::string id;
    FunctionRef ref;
    Millis accepted_ms = 0;
  };
  void enter(const Entry& entry);
  void enter_at(Millis due, const Entry& entry);
  void run_next(const std::string& lane_key);
  void run(const std::string& id, const std::string& lane_key);
  void throttled(const std::string& id, const std::string& lane_key, const Json& event,
                 std::shared_ptr<const ports::FunctionVersion> version);
  void await_capacity(const std::string& lane_key, std::shared_ptr<const ports::FunctionVersion> version);
  void await_expiry(const std::string& lane_key);
  void drop_expired(const std::string& lane_key);
  void finish(const std::string& id, const std::string& lane_key, std::shared_ptr<const ports::FunctionVersion> version,
              ports::InvocationResult result);
  void later(const std::string& id, Json event, Millis delay_ms);
  void give_up(const Json& event, const ports::FunctionVersion& version, const char* condition,
               const ports::InvocationResult* result);
  void send_dead_letter(const Json& event, const ports::FunctionVersion& version, int error_code,
                        const std::string& error);
  void stop_loop(const Json& event, const ports::FunctionVersion& version);
  void succeed(const Json& event, const ports::FunctionVersion& version, const ports::InvocationResult& result);
  void send(const std::string& target, const std::string& body, bool succeeded, const Json& event,
            const ports::FunctionVersion& version);
  void note(const Json& event, const char* what, std::string text, std::string reason = {}) const;
  void end(const std::string& id);
  Json settings_of(const Json& event) const;
  void count(const FunctionRef& ref, const char* metric, double value = 1, const char* unit = "Count");

  Lambda& lambda_;
  std::map<std::string, Lane> lanes_;  // by function and qualifier; background thread only
  std::shared_ptr<WorkInProgress> events_ = std::make_shared<WorkInProgress>();  // the store's thread may outlive us
};

}  // namespace millrace::lambda
