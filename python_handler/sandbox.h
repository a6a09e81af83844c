#pragma once
// What an execution environment sees of the file system.
//
// Where the kernel gives us namespaces (we are root, or unprivileged user namespaces are on), the parent
// builds a root once: the host's folders, read-only, with empty /var/task, /opt and /tmp. Each child then
// takes a mount namespace of its own, mounts the function's folders there and makes that its root. All
// processes also live in one process-id namespace, so that nothing a handler starts outlives the server.
//
// Where not, the child only changes to the code's folder; LAMBDA_TASK_ROOT, TMPDIR and sys.path name the real
// folders, stack traces say /var/task all the same, and nothing is read-only or bounded but by its user's
// rights.

#include <set>
#include <string>
#include <vector>

#include "runtime/messages/messages.h"

namespace millrace::worker {

class Sandboxes {
 public:
  /// `scratch` is a folder of ours; empty: don't try namespaces. Where they are had, the caller goes on in a
  /// child process that is the first of its process-id namespace, and the calling process waits for its end.
  /// `visible`: folders of the runtime's own (packages, programs) that every environment sees at their own place, wherever
  /// they lie.
  explicit Sandboxes(std::string scratch, std::vector<std::string> visible = {});

  /// Empty if environments get mounts of their own, otherwise why not.
  const std::string& obstacle() const { return obstacle_; }

  /// A /proc that shows our own process ids: where the environments have mounts of their own, "<root>/proc"
  /// if the kernel let us mount one, otherwise empty; without mounts, /proc.
  const std::string& proc() const { return proc_; }

  /// In the parent: puts a file system of the wanted size on the request's tmp_folder, the first time it
  /// comes. It stays for the processes that follow in the same execution environment, until forget().
  void make_tmp(const SpawnRequest& request);
  void forget(const std::string& tmp_folder);

  struct Folders {
    std::string task;
    std::vector<std::string> opt;
    std::string tmp;
  };
  /// In the child: enters the sandbox and changes to its /var/task. False, with errno, if the code's folder
  /// can't be entered.
  bool enter(const SpawnRequest& request, Folders& folders) const;

 private:
  bool take_namespaces();
  bool build_root();
  bool mount_function(const SpawnRequest& request) const;

  std::string scratch_;
  std::vector<std::string> visible_;
  std::string root_;  // the prepared root
  std::string obstacle_;
  std::string proc_ = "/proc";
  std::set<std::string> mounted_tmp_;
};

/// This process's memory in bytes: resident, its part that isn't of files, and private writable (mapped).
struct MemoryInUse {
  size_t resident = 0;
  size_t anonymous = 0;
  size_t data = 0;
};
MemoryInUse memory_in_use();

/// In the child: from now on it may take `memory_mb` of memory, less what a bare interpreter takes. What the
/// parent has preloaded beyond that is shared with it and isn't counted.
void limit_memory(int memory_mb, size_t interpreter_bytes);

/// The same for a program that isn't Python: a bound that keeps a runaway from taking the machine. Runtimes
/// map far more than they use, so it is several times MemorySize; the pool measures what was used.
void limit_program_memory(int memory_mb);

}  // namespace millrace::worker
