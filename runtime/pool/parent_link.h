#pragma once
// The conversation with the worker's parent process (runtime/messages/messages.h has its grammar): asks it to
// start and kill processes and hears of their ends. If the parent itself dies, every process is reported
// ended and a new parent is started with the next spawn. Everything runs on the io_context's one thread.

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/pool/real_time.h"
#include "runtime/pool/zygote.h"

namespace millrace::pool {

struct ProcessExit {
  int code = -1;   // -1: ended by a signal
  int signal = 0;  // 0: exited
  int64_t max_rss_kb = 0;
};

struct ProcessOrder {
  bool python = true;
  std::vector<std::string> arguments;
  std::vector<std::string> environment;
  std::string task_folder;
  std::vector<std::string> layer_folders;
  std::string tmp_folder;
  int tmp_mb = 512;
  int memory_mb = 128;
};

struct ProcessEvents {
  /// `host_pid`: its id as /proc here shows it; 0 if that couldn't be found out. `preloaded_kb`: by how much
  /// its resident memory begins above that of a bare interpreter; may be negative.
  std::function<void(int host_pid, int64_t preloaded_kb)> started;
  std::function<void(const ProcessExit&)> ended;
  /// It never ran.
  std::function<void(const std::string& why)> failed;
};

class ParentLink {
 public:
  using Restart = std::function<Zygote()>;
  ParentLink(boost::asio::io_context& io, Zygote zygote, Restart restart);
  ~ParentLink();

  /// Starts a process whose standard output and error is `log_fd` (the caller closes its copy). Returns its
  /// id; the events come later, never inside this call.
  std::string spawn(const ProcessOrder& order, int log_fd, ProcessEvents events);
  /// Kills the process and all of its group. Its `ended` is still called unless `silently`.
  void kill(const std::string& id, bool silently);
  /// Python functions will run: what they are likely to import is imported now.
  void preload();
  /// The folder will not be used as /tmp again.
  void forget(const std::string& tmp_folder);

  /// What the parent said of itself: "3.11.2", and "yes" or why environments have no mounts of their own.
  const std::string& python_version() const { return python_version_; }
  const std::string& mounts() const { return mounts_; }

 private:
  void attach();
  void wait();
  bool read_message();
  void lost();
  bool send(const std::vector<std::string>& fields, int fd = -1);
  void send_queued();

  boost::asio::io_context& io_;
  Zygote zygote_;
  Restart restart_;
  boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type> socket_;
  std::unordered_map<std::string, ProcessEvents> processes_;
  struct Queued {
    std::string message;
    int fd;  // our own copy, or -1
  };
  std::deque<Queued> queue_;  // while the parent is busy and its socket is full; bounded by the environments
  uint64_t next_id_ = 1;
  RealTime last_start_{};
  std::string python_version_;
  std::string mounts_;
};

}  // namespace millrace::pool
