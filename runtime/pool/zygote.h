#pragma once
// The server's end of the worker's parent process: millrace-python --parent, which holds an initialised
// CPython and forks execution environments from it (python_handler/parent.h; the messages:
// runtime/messages/messages.h).

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace millrace::pool {

/// Owns the process and the socket to it. The process ends, with every environment, when this object goes or
/// when the server dies in any way.
class Zygote {
 public:
  Zygote() = default;
  Zygote(pid_t pid, int socket) : pid_(pid), socket_(socket) {}
  Zygote(Zygote&& other) noexcept;
  Zygote& operator=(Zygote&& other) noexcept;
  /// Ends the process: asks first, kills after 2 seconds.
  ~Zygote();

  bool running() const { return socket_ >= 0; }
  int socket() const { return socket_; }
  pid_t pid() const { return pid_; }

 private:
  void end();

  pid_t pid_ = -1;
  int socket_ = -1;
};

/// What functions find beside the standard library.
struct RuntimeFolders {
  std::string python_site;   // boto3 and what it needs, as `pip install --target` makes it; empty: Debian's
  std::string node_modules;  // the AWS SDK of Node functions; empty: none
};

/// Starts the parent in the background and returns at once; it initialises itself meanwhile. Best called by
/// main() before there are threads: the process dies with the thread that started it. `scratch_folder` is the
/// PoolOptions' one. Without `mounts` it doesn't try for namespaces. On failure running() is false, and every
/// invocation says so.
Zygote start_zygote(const std::string& worker_binary, const std::filesystem::path& scratch_folder, bool mounts = true,
                    const RuntimeFolders& folders = {});

/// Which boto3 functions get: "boto3 1.26.27 of /usr/lib/python3/dist-packages", or that there is none.
std::string python_packages(const RuntimeFolders& folders);

/// The worker binary beside the running program: <folder of /proc/self/exe>/millrace-python.
std::string default_worker_binary();

}  // namespace millrace::pool
