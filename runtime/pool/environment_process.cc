#include "runtime/pool/environment_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>

#include "runtime/pool/peer.h"

namespace millrace::pool {

EnvironmentProcess::~EnvironmentProcess() {
  if (log_fd >= 0) close(log_fd);
  if (status_fd_ >= 0) close(status_fd_);
  if (children_fd_ >= 0) close(children_fd_);
  for (const Group& group : groups_) close(group.pidfd);
}

void EnvironmentProcess::runtime_started(int host_pid) {
  std::string folder = "/proc/" + std::to_string(host_pid);
  status_fd_ = open((folder + "/status").c_str(), O_RDONLY | O_CLOEXEC);
  children_fd_ = open((folder + "/task/" + std::to_string(host_pid) + "/children").c_str(), O_RDONLY | O_CLOEXEC);
  runtime_pidfd_ = add_group(host_pid);
}

void EnvironmentProcess::extension_started(int host_pid) {
  add_group(host_pid);
}

// Each is the leader of a session, and so of a group, of its own.
int EnvironmentProcess::add_group(int host_pid) {
  int pidfd = static_cast<int>(syscall(SYS_pidfd_open, host_pid, 0));
  if (pidfd >= 0) groups_.push_back({host_pid, pidfd});
  return pidfd;
}

std::optional<int64_t> EnvironmentProcess::max_rss_kb() {
  if (status_fd_ < 0) return std::nullopt;
  char text[2048];
  ssize_t size = pread(status_fd_, text, sizeof text - 1, 0);
  if (size <= 0) return std::nullopt;
  text[size] = '\0';
  if (const char* line = std::strstr(text, "\nThreads:")) threads_ = std::atoi(line + std::strlen("\nThreads:"));
  const char* line = std::strstr(text, "VmHWM:");
  if (line == nullptr) return std::nullopt;
  return std::atoll(line + std::strlen("VmHWM:"));
}

bool EnvironmentProcess::has_children() const {
  char byte;
  return children_fd_ >= 0 && pread(children_fd_, &byte, 1, 0) > 0;
}

std::optional<bool> EnvironmentProcess::owns(uint64_t socket) const {
  std::vector<pid_t> leaders;
  // The newest first: it is the runtime, where there are extensions.
  for (auto group = groups_.rbegin(); group != groups_.rend(); ++group) leaders.push_back(group->pid);
  if (hold_socket(leaders, socket)) return true;
  // The parent's word of a process that it has started may come after that process's first connection.
  const size_t ordered = extension_ids.size() + (id.empty() ? 0 : 1);
  return groups_.size() < ordered ? std::nullopt : std::optional(false);
}

void EnvironmentProcess::freeze() {
  if (frozen_ || groups_.empty()) return;
  if (threads_ <= 1 && groups_.size() == 1 && !has_children()) return;
  frozen_ = true;
  signal_groups(SIGSTOP);
}

void EnvironmentProcess::thaw() {
  if (!frozen_) return;
  frozen_ = false;
  signal_groups(SIGCONT);
}

bool EnvironmentProcess::terminate_runtime() {
  return runtime_pidfd_ >= 0 && syscall(SYS_pidfd_send_signal, runtime_pidfd_, SIGTERM, nullptr, 0) == 0;
}

void EnvironmentProcess::signal_groups(int number) {
  for (const Group& group : groups_) {
    // A process that has ended may have left its id to another.
    pollfd ended{group.pidfd, POLLIN, 0};
    if (poll(&ended, 1, 0) == 0) kill(-group.pid, number);
  }
}

}  // namespace millrace::pool
