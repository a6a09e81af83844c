#pragma once
// The processes of one execution environment: the runtime's, and those of its extensions. What /proc says of
// them, and their freezing: outside invocations nothing of an environment runs, as on AWS.
//
// Freezing is SIGSTOP to the process groups, since the cgroup freezer needs rights that a developer's account
// lacks. It is left out where there is nothing to stop: a runtime of one thread that waits for its next
// invocation, without children (so a plain Python handler pays nothing). What a handler starts in a session
// of its own goes on running.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/pool/function_log.h"
#include "runtime/pool/real_time.h"
#include "runtime/pool/runtime_api.h"

namespace millrace::pool {

class EnvironmentProcess {
 public:
  EnvironmentProcess(uint64_t serial_number) : serial(serial_number) {}
  ~EnvironmentProcess();
  EnvironmentProcess(const EnvironmentProcess&) = delete;

  const uint64_t serial;
  std::string id;  // the runtime's, at the ParentLink; empty until it is started
  std::vector<std::string> extension_ids;
  std::vector<std::string> expected_extensions;  // their names; the runtime starts when all have registered
  int log_fd = -1;                               // the pipe's writing end, until the runtime has it
  std::unique_ptr<RuntimeApi> api;
  std::unique_ptr<LogPipe> pipe;
  RealTime began = real_now();
  bool waits = false;  // the runtime has asked for its next invocation
  bool ready = false;  // initialised
  int64_t preloaded_kb = 0;

  /// The runtime's process is known now. `host_pid` as /proc here shows it.
  void runtime_started(int host_pid);
  void extension_started(int host_pid);
  /// The runtime's high-water mark in KiB, as the kernel keeps it; nothing once it has gone. Notes its
  /// threads too.
  std::optional<int64_t> max_rss_kb();

  /// True if the runtime, an extension, or what they started holds the socket; nothing while one of them
  /// may and isn't known yet.
  std::optional<bool> owns(uint64_t socket) const;

  void freeze();
  void thaw();
  /// Asks the runtime to end, by SIGTERM. False if it doesn't run.
  bool terminate_runtime();

 private:
  struct Group {
    int pid;
    int pidfd;
  };
  int add_group(int host_pid);
  void signal_groups(int number);
  bool has_children() const;

  int runtime_pidfd_ = -1;  // one of the groups'
  int status_fd_ = -1;      // /proc/<pid>/status
  int children_fd_ = -1;    // /proc/<pid>/task/<pid>/children
  int threads_ = 1;
  bool frozen_ = false;
  std::vector<Group> groups_;
};

}  // namespace millrace::pool
