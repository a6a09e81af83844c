#include "runtime/pool/parent_link.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "emulator/base/log.h"
#include "runtime/messages/message_socket.h"
#include "runtime/messages/messages.h"

namespace millrace::pool {

namespace {

// A parent that dies at once isn't started again and again.
constexpr auto kRestartPause = std::chrono::seconds(1);

// The process's id in our own /proc; the parent may live in a process-id namespace of its own.
int host_pid_of(int pidfd) {
  std::string path = "/proc/self/fdinfo/" + std::to_string(pidfd);
  std::FILE* info = std::fopen(path.c_str(), "re");
  if (info == nullptr) return 0;
  char line[128];
  int pid = 0;
  while (std::fgets(line, sizeof line, info) != nullptr)
    if (std::sscanf(line, "Pid: %d", &pid) == 1) break;
  std::fclose(info);
  return std::max(pid, 0);
}

}  // namespace

ParentLink::ParentLink(boost::asio::io_context& io, Zygote zygote, Restart restart)
    : io_(io), zygote_(std::move(zygote)), restart_(std::move(restart)), socket_(io.get_executor()) {
  last_start_ = real_now();
  if (zygote_.running()) attach();
}

ParentLink::~ParentLink() {
  if (socket_.is_open()) socket_.release();  // the zygote closes it
  for (const Queued& queued : queue_)
    if (queued.fd >= 0) close(queued.fd);
}

void ParentLink::attach() {
  socket_.assign(zygote_.socket());
  wait();
}

void ParentLink::wait() {
  socket_.async_wait(socket_.wait_read, [this](boost::system::error_code error) {
    if (error) return;
    if (read_message())
      wait();
    else
      lost();
  });
}

bool ParentLink::read_message() {
  char buffer[4096];
  const auto received = worker::receive_message(zygote_.socket(), buffer, sizeof buffer, MSG_DONTWAIT);
  if (received.size < 0 && (errno == EINTR || errno == EAGAIN)) return true;
  if (received.size <= 0) return false;
  const int pidfd = received.fd;
  std::vector<std::string> fields = worker::split_fields({buffer, static_cast<size_t>(received.size)});
  fields.resize(std::max<size_t>(fields.size(), 5));
  auto process = processes_.find(fields[1]);
  if (fields[0] == "hello") {
    python_version_ = fields[1];
    mounts_ = fields[2];
    // Without a /proc of their own handlers see ours; then nobody of our user may look into us, or trace us.
    if (mounts_ != "yes") prctl(PR_SET_DUMPABLE, 0);
    log::info("Python handlers run on CPython " + python_version_ + ", whichever python3.x they name" +
              (mounts_ == "yes" ? "" : "; without /var/task and /opt of their own: " + mounts_));
  } else if (process == processes_.end()) {
    // killed silently
  } else if (fields[0] == "started") {
    process->second.started(pidfd >= 0 ? host_pid_of(pidfd) : std::atoi(fields[2].c_str()),
                            std::atoll(fields[3].c_str()));
  } else if (fields[0] == "exited" || fields[0] == "failed") {
    ProcessEvents events = std::move(process->second);
    processes_.erase(process);
    if (fields[0] == "failed")
      events.failed(fields[2]);
    else
      events.ended({std::atoi(fields[2].c_str()), std::atoi(fields[3].c_str()), std::atoll(fields[4].c_str())});
  }
  if (pidfd >= 0) close(pidfd);
  return true;
}

void ParentLink::lost() {
  log::error("The worker's parent process has ended; all execution environments with it");
  if (socket_.is_open()) socket_.release();
  zygote_ = Zygote();
  for (const Queued& queued : queue_)
    if (queued.fd >= 0) close(queued.fd);
  queue_.clear();
  auto processes = std::move(processes_);
  processes_.clear();
  for (auto& [id, events] : processes) events.ended({-1, SIGKILL, 0});
}

std::string ParentLink::spawn(const ProcessOrder& order, int log_fd, ProcessEvents events) {
  std::string id = std::to_string(next_id_++);
  auto now = real_now();
  if (!zygote_.running() && now - last_start_ > kRestartPause) {
    last_start_ = now;
    zygote_ = restart_();
    if (zygote_.running()) attach();
  }
  const worker::SpawnRequest request{.id = id,
                                     .python = order.python,
                                     .argv = order.arguments,
                                     .env = order.environment,
                                     .task_folder = order.task_folder,
                                     .layer_folders = order.layer_folders,
                                     .tmp_folder = order.tmp_folder,
                                     .tmp_mb = order.tmp_mb,
                                     .memory_mb = order.memory_mb};
  if (send(worker::spawn_fields(request), log_fd)) {
    processes_[id] = std::move(events);
    return id;
  }
  std::string why = zygote_.running() ? std::strerror(errno) : "the worker program millrace-python isn't running";
  boost::asio::post(io_, [failed = std::move(events.failed), why] { failed(why); });
  return id;
}

void ParentLink::kill(const std::string& id, bool silently) {
  if (processes_.contains(id)) send({"kill", id});
  if (silently) processes_.erase(id);
}

void ParentLink::preload() {
  send({"preload"});
}

void ParentLink::forget(const std::string& tmp_folder) {
  send({"forget", tmp_folder});
}

bool ParentLink::send(const std::vector<std::string>& fields, int fd) {
  if (!zygote_.running()) return false;
  std::string message = worker::join_fields(fields);
  if (queue_.empty()) {
    if (worker::send_message(zygote_.socket(), message, fd, MSG_DONTWAIT)) return true;
    if (errno != EAGAIN) return false;
  }
  queue_.push_back({std::move(message), fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1});
  if (queue_.size() == 1) send_queued();
  return true;
}

void ParentLink::send_queued() {
  socket_.async_wait(socket_.wait_write, [this](boost::system::error_code error) {
    if (error) return;
    while (!queue_.empty()) {
      const Queued& first = queue_.front();
      // Any other failure means that the parent has gone, which lost() will hear of.
      if (!worker::send_message(zygote_.socket(), first.message, first.fd, MSG_DONTWAIT) && errno == EAGAIN)
        return send_queued();
      if (first.fd >= 0) close(first.fd);
      queue_.pop_front();
    }
  });
}

}  // namespace millrace::pool
