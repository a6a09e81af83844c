#pragma once
// One execution environment: a place to run invocations of one function version, one at a time. It has a log
// stream and a /tmp for as long as it lives, and at most one process at a time. Its life, as on AWS:
//
//   first invocation  init phase (10 s at most): the process starts and loads the handler.
//                     If that fails it is tried again within the invocation, under the function's timeout.
//   ready             the process waits in GET next.
//   timeout           the process is killed; the next invocation starts another one: globals gone, /tmp kept.
//   exit              likewise.
//
// Everything runs on the io_context's one thread.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "emulator/base/random.h"
#include "runtime/pool/function_log.h"
#include "runtime/pool/launch.h"
#include "runtime/pool/parent_link.h"
#include "runtime/pool/platform_log.h"
#include "runtime/pool/real_time.h"
#include "runtime/pool/runtime_api.h"
#include "runtime/ports/invoker.h"

namespace millrace::pool {

struct Task {
  ports::Invocation invocation;
  std::function<void(ports::InvocationResult)> done;
};

/// What all environments of a pool share.
struct EnvironmentContext {
  boost::asio::io_context& io;
  const Clock& clock;
  Random& random;
  ports::LogSink& log_sink;
  ParentLink& parent;
  LaunchSettings settings;
  std::string tmp_root;  // each environment's /tmp is a folder in here
};

class ExecutionEnvironment : public std::enable_shared_from_this<ExecutionEnvironment> {
 public:
  /// `finished` is called after every invocation, before its `done`.
  ExecutionEnvironment(EnvironmentContext& context, std::shared_ptr<const ports::FunctionVersion> function,
                       ports::Credentials credentials,
                       std::function<void(std::shared_ptr<ExecutionEnvironment>)> finished);
  ~ExecutionEnvironment();

  void run(Task task);
  /// Kills the process and removes /tmp. An invocation that is under way is answered with `throttled`.
  void end();

  bool busy() const { return task_.has_value(); }
  const ports::FunctionVersion& function() const { return *function_; }
  const ports::Credentials& credentials() const { return credentials_; }
  RealTime idle_since() const { return idle_since_; }
  const std::string& log_stream() const { return log_.target().stream; }

 private:
  enum class Phase { init, invoke };
  struct Process;
  struct Failure {
    std::string status;  // "error", "timeout"
    std::string error_type;
    std::string document;  // the error document
    std::string reason;    // what the platform logs of it; empty where the runtime has logged it already
  };

  void start_process(Phase phase);
  void arm_timer(RealTime at);
  RuntimeApiEvents runtime_api_events(uint64_t serial);
  ProcessEvents process_events(uint64_t serial);
  bool is_current(uint64_t serial) const;
  void process_ready();
  void deliver();
  void start_clock();
  void timed_out();
  void process_ended(const ProcessExit& exit);
  void init_failed(Failure failure);
  void fail(Failure failure);
  void complete(ports::InvocationResult result, const std::string& status, const std::string& error_type);
  void drop_process();
  void note_memory();
  void note_memory(int64_t max_rss_kb);
  Failure platform_failure(const std::string& type, const std::string& why) const;

  EnvironmentContext& context_;
  const std::shared_ptr<const ports::FunctionVersion> function_;
  const ports::Credentials credentials_;
  std::function<void(std::shared_ptr<ExecutionEnvironment>)> finished_;
  std::string tmp_folder_;
  FunctionLog log_;
  boost::asio::steady_timer timer_;

  std::unique_ptr<Process> process_;
  uint64_t last_serial_ = 0;
  Phase phase_ = Phase::init;
  bool was_started_ = false;
  std::optional<Task> task_;
  bool start_logged_ = false;
  std::optional<double> init_ms_;     // of a cold start, until it is reported
  std::optional<RealTime> deadline_;  // of the invocation, once its time runs
  RealTime invoke_began_{};
  RealTime idle_since_{};
  int max_memory_mb_ = 0;
};

}  // namespace millrace::pool
