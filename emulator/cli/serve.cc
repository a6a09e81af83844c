#include "emulator/cli/serve.h"

#include <signal.h>
#include <sys/resource.h>
#ifdef MILLRACE_TCMALLOC
#include <gperftools/malloc_extension.h>
#endif

#include <algorithm>
#include <cstdio>

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

  std::string error;
  auto server = server::Server::start(options, error);
  if (!server) {
    std::fprintf(stderr, "millrace: %s\n", error.c_str());
    return 1;
  }
  std::fprintf(stderr, "Listening on http://%s:%u\n", options.host.c_str(), server->port());
  std::fprintf(stderr, "What a shell needs: MILLRACE_URL=http://%s:%u millrace env\n", options.host.c_str(),
               server->port());
  std::printf("Ready.\n");
  std::fflush(stdout);
  int received = 0;
  sigwait(&ends, &received);
  server.reset();
  return 0;
}

}  // namespace millrace::cli
