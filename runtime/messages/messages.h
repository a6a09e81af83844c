#pragma once
// What the pool and the parent say to each other over one SOCK_SEQPACKET socket. A message is a list of
// fields, each ended by a NUL byte; the first names the message, the rest are its arguments in order or as
// "key=value".
//
//   pool to parent                               parent to pool
//   spawn  <id> key=value...  + the log pipe     hello   <python version> <mounts: "yes" or why not>
//   kill   <id>                                  started <id> <pid> <preloaded KiB>  + a pidfd
//   forget <tmp folder>                          exited  <id> <exit code> <signal> <max rss KiB>
//   preload                                      failed  <id> <why>
//
// <preloaded KiB> is by how much a forked child's resident memory begins above that of a bare interpreter
// (below it, if negative): what its figures have to be corrected by to be those of an interpreter of its own.
// "preload": Python functions are there; import what they are likely to want. The first Python process asks for it too.
// <id> names one process; the folder that becomes its /tmp outlives it until it is forgotten.

#include <string>
#include <string_view>
#include <vector>

namespace millrace::worker {

/// Above the size of the largest environment Lambda allows, several times over.
inline constexpr size_t kMessageBytesMax = 128 * 1024;

std::string join_fields(const std::vector<std::string>& fields);
std::vector<std::string> split_fields(std::string_view message);

/// One process to start.
struct SpawnRequest {
  std::string id;
  bool python = true;  // run the embedded interpreter; otherwise exec argv
  std::vector<std::string> argv;
  std::vector<std::string> env;            // the whole environment, "NAME=value"
  std::string task_folder;                 // becomes /var/task
  std::vector<std::string> layer_folders;  // become /opt; of equal paths the last one wins
  std::string tmp_folder;                  // becomes /tmp
  int tmp_mb = 512;
  int memory_mb = 128;  // 0: not limited
  int log_fd = -1;      // the pipe for standard output and standard error
};

/// The message that asks for it; the log pipe goes beside it.
std::vector<std::string> spawn_fields(const SpawnRequest& request);
/// Reads the fields after "spawn". False if a field has no known key.
bool parse_spawn(const std::vector<std::string>& fields, SpawnRequest& request);

}  // namespace millrace::worker
