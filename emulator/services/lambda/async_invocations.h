#pragma once
// Asynchronous invocations: events that were accepted with 202 and wait to be run, are retried, and end at a destination
// or dead-letter target. Each is a document under {"lambda-async", id} from its acceptance to its end, so that it
// survives kill -9 (then it may run once more: at least once, as on AWS).
//
// All state in memory belongs to the room's background thread.

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "emulator/base/json.h"
#include "emulator/base/work_in_progress.h"
#include "emulator/services/lambda/function_name.h"
#include "runtime/ports/invoker.h"

namespace millrace::lambda {

struct Lambda;

class AsyncInvocations {
 public:
  explicit AsyncInvocations(Lambda& lambda) : lambda_(lambda) {}

  /// Stores the event and has it run. `payload` is JSON text. Waits for the commit.
  Result<void> accept(const FunctionRef& ref, std::string payload, const std::string& request_id);
  /// The same without waiting: `done` is called on the store's writer thread and must only post.
  void accept(const FunctionRef& ref, std::string payload, const std::string& request_id,
              std::function<void(Result<void>)> done);
  /// Takes up what waits in the store.
  void start();
  /// Events accepted and not yet ended: run without success for the last time, or successfully, and told to
  /// their destination.
  WorkInProgress& events() { return *events_; }

 private:
  // One function's events: as many run at once as its limit allows, the rest stand in line.
  struct Lane {
    std::deque<std::string> line;
    int running = 0;
  };
  void enter(const std::string& id, const FunctionRef& ref);
  void enter_at(Millis due, const std::string& id, const FunctionRef& ref);
  void run_next(const std::string& lane_key);
  void run(const std::string& id, const std::string& lane_key);
  void finish(const std::string& id, const std::string& lane_key, std::shared_ptr<const ports::FunctionVersion> version,
              ports::InvocationResult result);
  void later(const std::string& id, Json event, Millis delay_ms);
  void give_up(const Json& event, const ports::FunctionVersion& version, const char* condition,
               const ports::InvocationResult* result);
  void succeed(const Json& event, const ports::FunctionVersion& version, const ports::InvocationResult& result);
  void send(const std::string& target, const std::string& body, const Json& event,
            const ports::FunctionVersion& version);
  void end(const std::string& id);
  Json settings_of(const Json& event) const;

  Lambda& lambda_;
  std::map<std::string, Lane> lanes_;                                            // by function; background thread only
  std::shared_ptr<WorkInProgress> events_ = std::make_shared<WorkInProgress>();  // the store's thread may outlive us
};

}  // namespace millrace::lambda
