#pragma once
// The pool of execution environments: the Invoker. An invocation goes to a warm environment of its function
// version, or to a new one, or is throttled; nothing waits in a queue here. All of it runs on one thread of
// the pool's own; `done` callbacks are called there and must be short.

#include <filesystem>
#include <memory>
#include <string>

#include "emulator/base/clock.h"
#include "emulator/base/random.h"
#include "emulator/ports/authority.h"
#include "emulator/ports/environments.h"
#include "emulator/ports/invoker.h"
#include "emulator/ports/log_sink.h"
#include "emulator/ports/service_caller.h"
#include "runtime/pool/zygote.h"

namespace millrace::pool {

struct PoolOptions {
  /// The worker program; by default the one beside the running binary.
  std::string worker_binary = default_worker_binary();
  /// AWS_ENDPOINT_URL inside functions: this emulator's own address. Empty: not set.
  std::string endpoint_url;
  RuntimeFolders folders = {};
  /// Ours alone; environments' /tmp folders live in it. Emptied at start and at the end.
  std::filesystem::path scratch_folder;
  /// Try to mount /var/task, /opt and /tmp (python_handler/sandbox.h); for a parent that has to be started
  /// again.
  bool mounts = true;
  /// An environment that has had no work for so long is ended.
  Millis idle_limit_ms = 300'000;
  /// Environments at a time, idle ones included. At the limit the longest idle one makes room; if none is
  /// idle, the invocation is throttled.
  size_t environments_max = 500;
  /// Environments that are kept initialised for provisioned concurrency, of all functions together. What is
  /// provisioned beyond it starts on demand.
  size_t provisioned_max = 100;
  /// Concurrent invocations of an account in a region; beyond it invocations are throttled. AWS's default.
  int account_concurrency = 1000;
  /// Whom the Parameters and Secrets extension asks (secrets_extension.h).
  ports::ServiceCaller* services = nullptr;
  /// Functions run under a debugger: no time limits, no freezing, a port each.
  bool debug = false;
};

class Pool final : public ports::Invoker, public ports::Environments {
 public:
  /// `zygote` comes from start_zygote() with the same worker_binary and scratch_folder.
  Pool(PoolOptions options, Zygote zygote, const Clock& clock, Random& random, ports::LogSink& log_sink,
       ports::Authority& authority);
  /// Ends every environment; invocations under way are answered as throttled, for the reason ServiceStopping.
  ~Pool() override;

  /// Throttled with ReservedFunctionConcurrentInvocationLimitExceeded or ConcurrentInvocationLimitExceeded
  /// where a limit is reached.
  void when_free(std::shared_ptr<const ports::FunctionVersion> function, std::function<void()> fn) override;
  void invoke(ports::Invocation invocation, std::function<void(ports::InvocationResult)> done) override;

  void retire(const std::string& function_arn) override;
  void provision(const std::string& key, std::shared_ptr<const ports::FunctionVersion> function, int wanted) override;
  ports::Provisioned provisioned(const std::string& key) const override;
  void expect_python() override;
  size_t busy() const override { return counts().busy; }
  bool may_hold(const ports::ConnectionEnd& client, const ports::ConnectionEnd& ours) const override;

  /// How many environments there are, and how many are at work. For consoles and tests.
  struct Counts {
    size_t environments = 0;
    size_t busy = 0;
  };
  Counts counts() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace millrace::pool
