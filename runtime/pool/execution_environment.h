#pragma once
// One execution environment: a place to run invocations of one function version, one at a time. It has a log
// stream and a /tmp for as long as it lives, and at most one process at a time. Its life, as on AWS:
//
//   first invocation  init phase (10 s at most): the process starts and loads the handler.
//                     If that fails it is tried again within the invocation, under the function's timeout.
//   ready             the process waits in GET next.
//   idle              what could run in it is frozen (environment_process.h).
//   timeout           the process is killed; the next invocation starts another one: globals gone, /tmp kept.
//   exit              likewise.
//
// Programs in /opt/extensions start before the runtime, take part in the init phase, and keep the environment
// busy until they ask for their next event; the caller has its answer before that.
//
// Everything runs on the io_context's one thread.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "emulator/base/random.h"
#include "emulator/ports/invoker.h"
#include "runtime/pool/departure.h"
#include "runtime/pool/environment_process.h"
#include "runtime/pool/extensions.h"
#include "runtime/pool/function_log.h"
#include "runtime/pool/launch.h"
#include "runtime/pool/parent_link.h"
#include "runtime/pool/platform_log.h"
#include "runtime/pool/real_time.h"
#include "runtime/pool/secrets_extension.h"

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
  std::string tmp_root;                // each environment's /tmp is a folder in here
  size_t departing = 0;                // processes whose extensions have yet to end
  std::function<void()> all_departed;  // called when the last of them has
  SecretsExtension* secrets = nullptr;
};

class ExecutionEnvironment : public std::enable_shared_from_this<ExecutionEnvironment> {
 public:
  /// `finished` is called after every invocation, when the environment can take the next; before its `done`
  /// unless extensions are still at work. `provision_key` is the pool's, empty for environments made on
  /// demand.
  ExecutionEnvironment(EnvironmentContext& context, std::shared_ptr<const ports::FunctionVersion> function,
                       ports::Credentials credentials, std::string provision_key,
                       std::function<void(std::shared_ptr<ExecutionEnvironment>)> finished);
  ~ExecutionEnvironment();

  void run(Task task);
  /// Initialises without an invocation, for provisioned concurrency. `prepared` hears whether it worked.
  void prepare(std::function<void(bool)> prepared);
  /// Ends the process and removes /tmp, when extensions have had their two seconds. An invocation that is
  /// under way is answered with `throttled`.
  void end();

  const std::string& provision_key() const { return provision_key_; }
  const ports::FunctionVersion& function() const { return *function_; }
  const ports::Credentials& credentials() const { return credentials_; }
  RealTime idle_since() const { return idle_since_; }
  const std::string& log_stream() const { return log_.target().stream; }

 private:
  enum class Phase {
    idle,
    preparing,  // initialises without an invocation
    invoking,   // an invocation is under way, from run() to its answer
    finishing,  // it is answered; extensions are still at work
    ended,      // for good
  };
  /// The only one who changes the phase: nothing follows `ended`.
  void enter(Phase next);
  /// How the process was started: in an init phase of its own, or within an invocation.
  enum class Start { init, invoke };
  /// Of the invocation under way, or the last one.
  struct Attempt {
    std::optional<RealTime> deadline;  // once its time runs
    RealTime began{};
    bool start_logged = false;
    bool stream_began = false;
    std::string streamed;  // of a response that is streamed but wanted whole
    uint64_t noted = 0;    // the number of the step that it began
  };
  struct Failure {
    std::string status;  // "error", "timeout"
    std::string error_type;
    std::string document;  // the error document
    std::string reason;    // what the platform logs of it; empty where the runtime has logged it already
  };

  void start_process(Start start);
  /// Tells who asked for the preparation.
  void prepared(bool worked);
  void arm_timer(RealTime at);
  RuntimeApiEvents runtime_api_events(uint64_t serial);
  ProcessOrder order_for(const EnvironmentProcess& process) const;
  void start_extensions();
  void start_runtime();
  ProcessEvents process_events(uint64_t serial);
  ProcessEvents extension_events(uint64_t serial, const std::string& name);
  Extensions::Listeners extension_listeners(uint64_t serial);
  void extension_failed(const std::string& type, const std::string& why);
  void progress();
  void became_idle();
  void response_too_large();
  void take_piece(const std::string& content_type, std::string piece, std::function<void()> more);
  bool is_current(uint64_t serial) const;
  void process_ready();
  std::string initialization_type() const;
  void log_initialisation(const std::string& status, const std::string& error_type);
  void deliver();
  void start_clock();
  void timed_out();
  void process_ended(const ProcessExit& exit);
  void init_failed(Failure failure);
  void fail(Failure failure);
  void complete(ports::InvocationResult result, const std::string& status, const std::string& error_type);
  void drop_process(const char* reason);
  void departed(uint64_t serial, const std::string& extension);
  void gone(uint64_t serial);
  void remove_tmp();
  void note_memory();
  void note_memory(int64_t max_rss_kb);
  bool exceeded_memory();
  void killed_for_memory();
  Failure platform_failure(const std::string& type, const std::string& why) const;
  /// For `millrace trace`.
  void note_begin(const std::string& trace_header);
  void note_end(const ports::InvocationResult& result, const InvocationReport& report);

  EnvironmentContext& context_;
  const std::shared_ptr<const ports::FunctionVersion> function_;
  const ports::Credentials credentials_;
  const std::string provision_key_;
  std::function<void(std::shared_ptr<ExecutionEnvironment>)> finished_;
  std::string tmp_folder_;
  FunctionLog log_;
  boost::asio::steady_timer timer_;

  std::unique_ptr<EnvironmentProcess> process_;
  std::shared_ptr<Extensions> extensions_;                     // the process's
  std::map<uint64_t, std::shared_ptr<Departure>> departures_;  // by the process's serial number
  uint16_t secrets_port_ = 0;  // where the Parameters and Secrets extension is, if the function has it
  uint64_t last_serial_ = 0;
  Phase phase_ = Phase::idle;
  std::optional<Start> start_;  // none: no process was started yet
  std::optional<Task> task_;
  std::function<void(bool)> prepared_;  // while initialising without a task
  Attempt attempt_;
  std::optional<double> init_ms_;  // of a cold start, until it is reported
  RealTime idle_since_{};
  int max_memory_mb_ = 0;
};

}  // namespace millrace::pool
