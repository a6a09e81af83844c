#include "emulator/cli/serve.h"
#include "emulator/base/mutex.h"
#include "emulator/base/program_pages.h"

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
#include <cstdlib>
#include <thread>

#include "emulator/base/console.h"
#include "emulator/base/json.h"
#include "emulator/base/log.h"
#include "emulator/cli/client.h"
#include "emulator/cli/exit_codes.h"
#include "emulator/cli/opening.h"
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

/// Colours are for terminals whose owner hasn't said no (https://no-color.org).
bool is_colourful() {
  const char* no_color = std::getenv("NO_COLOR");
  return isatty(STDERR_FILENO) && (!no_color || !*no_color);
}

/// The log's level and form, and whether requests and handlers' lines are shown.
void open_terminal(const ServeOptions& options) {
  const bool json = options.log_format == "json";
  log::Level level = log::parse_level(options.log_level);
  if (options.quiet) level = std::max(level, log::Level::warning);
  log::set_level(level);
  log::set_format(json ? log::Format::json : isatty(STDERR_FILENO) ? log::Format::terminal : log::Format::text);
  const bool asked = options.log_requests || level == log::Level::debug || isatty(STDERR_FILENO);
  if (asked && !options.quiet && level != log::Level::off)
    console::start({.colour = is_colourful() && !json, .json = json, .region = options.server.region});
}

void say_opening(const ServeOptions& options, const server::Server& server) {
  const uint16_t port = server.port();
  for (const std::string& warning : opening_warnings(options.server)) log::warning(warning);
  if (options.quiet || options.log_format == "json") return;
  const bool everywhere = options.server.host == "0.0.0.0" || options.server.host == "::";
  std::string url = "http://" + (everywhere ? "127.0.0.1" : options.server.host) + ":" + std::to_string(port);
  Answer health = ask(url, {.target = "/_millrace/health", .timeout_s = 2});
  std::string lines =
      opening_lines(options.server,
                    {port, parse_json(health.body).value_or(Json::object()), server.page_query(), server.admin_token()},
                    is_colourful());
  std::fputs(lines.c_str(), stderr);
}

}  // namespace

int serve(const ServeOptions& options) {
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

  open_terminal(options);
  std::string error;
  auto server = server::Server::start(options.server, all_rooms(), all_kept_entries(), error);
  if (!server) {
    std::fprintf(stderr, "millrace: %s\n", error.c_str());
    return kRefused;
  }
  say_opening(options, *server);
  std::printf("Ready.\n");
  std::fflush(stdout);
  give_back_program_pages();
  server->run_init_scripts();
  int received = 0;
  sigwait(&ends, &received);
  // What still runs after that may be ended: every acknowledged write is in the log, which is what survives kill -9.
  Deadline deadline(kEndMax);
  server.reset();
  if (console::shown()) console::stop();
  return kFine;
}

}  // namespace millrace::cli
