#pragma once

#include <string>
#include <vector>

namespace millrace::worker {

struct ParentSettings {
  std::string scratch;               // a folder of ours, for mounts; empty: without
  std::string site;                  // packages that Python functions get, boto3 among them; empty: Debian's
  std::vector<std::string> visible;  // further folders that environments see (sandbox.h)
};

/// The parent of all execution environments: initialises CPython once, then forks or execs a child for every
/// "spawn" that comes over the socket, and reports their ends. Single-threaded. Ends, with all of its
/// children, when the socket's other side does. Returns the exit code.
int run_parent(int socket_fd, const ParentSettings& settings);

/// One execution environment, made from this process's own environment variables: a runtime interface client.
int run_alone(const std::string& site);

}  // namespace millrace::worker
