#include "emulator/cli/serve.h"

#include <malloc.h>
#include <signal.h>

#include <cstdio>

namespace millrace::cli {

namespace {

// Blocks of this size and more (pieces of objects, batches) go back to the system when they are freed. glibc's
// own limit grows with what is freed, and then every thread's heap keeps some: 60 MiB after one large object.
constexpr int kReturnedBlockBytes = 256 << 10;

}  // namespace

int serve(const server::ServerOptions& options) {
  mallopt(M_MMAP_THRESHOLD, kReturnedBlockBytes);
  // Blocked before any thread exists, so that all inherit it and only sigwait() sees them.
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  signal(SIGPIPE, SIG_IGN);

  std::string error;
  auto server = server::Server::start(options, error);
  if (!server) {
    std::fprintf(stderr, "millrace: %s\n", error.c_str());
    return 1;
  }
  std::fprintf(stderr, "Listening on http://%s:%u\n", options.host.c_str(), server->port());
  std::printf("Ready.\n");
  std::fflush(stdout);
  int received = 0;
  sigwait(&ends, &received);
  server.reset();
  return 0;
}

}  // namespace millrace::cli
