#include "emulator/cli/serve.h"
#include "emulator/base/mutex.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef MILLRACE_TCMALLOC
#include <gperftools/malloc_extension.h>
#endif

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <thread>

#include "emulator/services/all.h"

namespace millrace::cli {

namespace {

/// More descriptors than a login's usual 1024, which are few for connections, tables' files and functions' processes
/// together; not a container's billion, which makes some programs' starts slow.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = std::max(limit.rlim_cur, std::min<rlim_t>(limit.rlim_max, 65'536));
  setrlimit(RLIMIT_NOFILE, &limit);
}

constexpr auto kEndMax = std::chrono::milliseconds(4700);

/// Ends the process at its time, whatever runs, unless it is destroyed before.
class Deadline {
 public:
  explicit Deadline(std::chrono::milliseconds after) : thread_([this, after] { run(after); }) {}
  ~Deadline() {
    {
      MutexLock lock(mutex_);
      over_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

 private:
  void run(std::chrono::milliseconds after) {
    MutexLock lock(mutex_);
    while (!over_) {
      if (!lock.wait_for(changed_, after)) break;  // woken for no reason, which is rare, it gives as long again
    }
    if (over_) return;
    std::fprintf(stderr, "millrace: what was still running after %.1f s is ended\n", after.count() / 1000.0);
    std::fflush(stderr);
    _exit(0);
  }
  Mutex mutex_;
  std::condition_variable changed_;
  bool over_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace

int serve(const server::ServerOptions& options) {
#ifdef MILLRACE_TCMALLOC
  // Freed pages go back to the system at once: a gigabyte of an object's pieces left 75 MiB behind otherwise.
  MallocExtension::instance()->SetNumericProperty("tcmalloc.aggressive_memory_decommit", 1);
#endif
  // Blocked before any thread exists, so that all inherit it and only sigwait() sees them.
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();
  umask(077);  // what we keep is ours; what handlers must read is opened to them where it is made

  std::string error;
  auto server = server::Server::start(options, all_rooms(), error);
  if (!server) {
    std::fprintf(stderr, "millrace: %s\n", error.c_str());
    return 1;
  }
  std::fprintf(stderr, "Listening on http://%s:%u\n", options.host.c_str(), server->port());
  std::fprintf(stderr, "What a shell needs: MILLRACE_URL=http://%s:%u millrace env\n", options.host.c_str(),
               server->port());
  std::fprintf(stderr, "The admin API's token: %s\n", server->admin_token().c_str());
  std::printf("Ready.\n");
  std::fflush(stdout);
  int received = 0;
  sigwait(&ends, &received);
  // What still runs after that may be ended: every acknowledged write is in the log, which is what survives kill -9.
  Deadline deadline(kEndMax);
  server.reset();
  return 0;
}

}  // namespace millrace::cli
