#pragma once

#include <string>

namespace millrace::worker {

/// The parent of all execution environments: initialises CPython once, then forks or execs a child for every
/// "spawn" that comes over the socket, and reports their ends. Single-threaded. Ends, with all of its
/// children, when the socket's other side does. Returns the exit code.
int run_parent(int socket_fd, const std::string& scratch);

/// One execution environment, made from this process's own environment variables: a runtime interface client.
int run_alone();

}  // namespace millrace::worker
