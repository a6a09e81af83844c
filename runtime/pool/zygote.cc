#include "runtime/pool/zygote.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <utility>
#include <vector>

namespace millrace::pool {

namespace {

constexpr int kEndPatienceMs = 2000;

/// What the parent needs of our environment. Handlers could read the rest from /proc: the developer's keys are there.
std::vector<std::string> parent_environment() {
  std::vector<std::string> out;
  for (const char* name :
       {"PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"}) {
    if (const char* value = std::getenv(name)) out.push_back(std::string(name) + "=" + value);
  }
  return out;
}

/// Every descriptor but the first three closes at the exec, whoever opened it and forgot to say so.
void close_all_on_exec() {
  if (close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) == 0) return;
  for (int fd = 3; fd < 65'536; ++fd) fcntl(fd, F_SETFD, FD_CLOEXEC);  // before Linux 5.11
}

// Between fork and exec in a process that may have threads: system calls only.
[[noreturn]] void become_parent(const char* binary, char* const* arguments, char* const* environment, int socket) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  close_all_on_exec();
  fcntl(socket, F_SETFD, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execve(binary, arguments, environment);
  _exit(127);
}

}  // namespace

Zygote::Zygote(Zygote&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), socket_(std::exchange(other.socket_, -1)) {}

Zygote& Zygote::operator=(Zygote&& other) noexcept {
  if (this != &other) {
    end();
    pid_ = std::exchange(other.pid_, -1);
    socket_ = std::exchange(other.socket_, -1);
  }
  return *this;
}

Zygote::~Zygote() {
  end();
}

void Zygote::end() {
  if (socket_ >= 0) close(std::exchange(socket_, -1));
  if (pid_ < 0) return;
  int pidfd = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  pollfd ended{pidfd, POLLIN, 0};
  if (pidfd < 0 || poll(&ended, 1, kEndPatienceMs) <= 0) kill(pid_, SIGKILL);
  if (pidfd >= 0) close(pidfd);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
  pid_ = -1;
}

/// A file that a packaged millrace has above its programs (docker/package writes it).
constexpr char kPackageMark[] = "share/millrace/packaged";

Zygote start_zygote(const std::string& worker_binary, const std::filesystem::path& scratch_folder, bool mounts,
                    const RuntimeFolders& folders) {
  std::error_code error;
  std::filesystem::create_directories(scratch_folder, error);
  int sockets[2];
  if (access(worker_binary.c_str(), X_OK) != 0) return {};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) return {};
  std::vector<std::string> arguments = {worker_binary, "--parent", std::to_string(sockets[1])};
  if (mounts) arguments.insert(arguments.end(), {"--scratch", std::filesystem::absolute(scratch_folder).string()});
  if (!folders.python_site.empty()) arguments.insert(arguments.end(), {"--site", folders.python_site});
  // The worker itself is what a wrapper starts.
  const auto program_folder = std::filesystem::path(worker_binary).parent_path();
  // A package's libraries and its Python lie beside the folder of its programs.
  const bool is_packaged = std::filesystem::exists(program_folder.parent_path() / kPackageMark, error);
  for (const std::string& folder : {folders.python_site, folders.node_modules,
                                    (is_packaged ? program_folder.parent_path() : program_folder).string()})
    if (!folder.empty()) arguments.insert(arguments.end(), {"--visible", folder});
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::vector<std::string> variables = parent_environment();
  std::vector<char*> environment;
  for (std::string& variable : variables) environment.push_back(variable.data());
  environment.push_back(nullptr);
  pid_t pid = fork();
  if (pid == 0) become_parent(worker_binary.c_str(), argv.data(), environment.data(), sockets[1]);
  close(sockets[1]);
  if (pid < 0) {
    close(sockets[0]);
    return {};
  }
  return Zygote(pid, sockets[0]);
}

std::string python_packages(const RuntimeFolders& folders) {
  std::string folder = folders.python_site.empty() ? "/usr/lib/python3/dist-packages" : folders.python_site;
  std::ifstream source(folder + "/boto3/__init__.py");
  for (std::string line; std::getline(source, line);) {
    size_t quote = line.find_first_of("'\"");
    if (line.starts_with("__version__") && quote != std::string::npos)
      return "boto3 " + line.substr(quote + 1, line.find_last_of("'\"") - quote - 1) + " of " + folder;
  }
  return "no boto3: there is none in " + folder;
}

std::string default_worker_binary() {
  std::error_code error;
  std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  return (self.parent_path() / "millrace-python").string();
}

}  // namespace millrace::pool
