#include "python_handler/parent.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <set>

#include "python_handler/confinement.h"
#include "python_handler/interpreter.h"
#include "python_handler/sandbox.h"
#include "runtime/messages/message_socket.h"
#include "runtime/messages/messages.h"

extern char** environ;

namespace millrace::worker {

namespace {

constexpr int kServersSignals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

class Parent {
 public:
  Parent(int socket_fd, Sandboxes& sandboxes, Interpreter& interpreter)
      : socket_(socket_fd), sandboxes_(sandboxes), interpreter_(interpreter) {}

  int run();

 private:
  void read_message();
  void spawn(SpawnRequest request);
  [[noreturn]] void become_environment(const SpawnRequest& request);
  void reap();
  std::vector<pid_t> orphans() const;
  void kill_left_behind();
  void send(const std::vector<std::string>& fields, int fd = -1);

  int socket_;
  Sandboxes& sandboxes_;
  Interpreter& interpreter_;
  int signals_ = -1;
  sigset_t mask_before_{};
  std::map<pid_t, std::string> running_;  // process to its id
  bool ended_ = false;
  bool preloading_ = false;  // once Python functions are there: an idle server needn't hold their packages
  const size_t interpreter_bytes_ = memory_in_use().resident;  // before anything is preloaded
};

int Parent::run() {
  sigset_t child_signal;
  sigemptyset(&child_signal);
  sigaddset(&child_signal, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child_signal, &mask_before_);
  signals_ = signalfd(-1, &child_signal, SFD_CLOEXEC | SFD_NONBLOCK);
  // What the environments leave behind when they end without their children becomes ours to reap.
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  send({"hello", Interpreter::version(), sandboxes_.obstacle().empty() ? "yes" : sandboxes_.obstacle()});

  while (!ended_) {
    pollfd watched[2] = {{socket_, POLLIN, 0}, {signals_, POLLIN, 0}};
    // While there are modules to preload, work comes first and an import fills each pause.
    int ready = poll(watched, 2, preloading_ ? 0 : -1);
    if (ready == 0 && preloading_) preloading_ = interpreter_.preload_step();
    if (watched[1].revents != 0) reap();
    if (watched[0].revents != 0) read_message();
  }
  for (const auto& [pid, id] : running_) kill(-pid, SIGKILL);
  for (pid_t pid : orphans()) kill(pid, SIGKILL);
  return 0;
}

void Parent::read_message() {
  static char buffer[kMessageBytesMax];
  const ReceivedMessage received = receive_message(socket_, buffer, sizeof buffer);
  if (received.size < 0 && errno == EINTR) return;
  if (received.size <= 0) {
    ended_ = true;
    return;
  }
  std::vector<std::string> fields = split_fields({buffer, static_cast<size_t>(received.size)});
  if (fields.empty()) return;
  if (fields[0] == "spawn") {
    SpawnRequest request;
    request.log_fd = received.fd;
    if (parse_spawn(fields, request) && request.log_fd >= 0)
      spawn(std::move(request));
    else
      send({"failed", request.id, "a malformed request"});
  } else if (fields[0] == "kill" && fields.size() == 2) {
    for (const auto& [pid, id] : running_)
      if (id == fields[1]) kill(-pid, SIGKILL), kill(pid, SIGKILL);
  } else if (fields[0] == "preload") {
    preloading_ = true;
  } else if (fields[0] == "forget" && fields.size() == 2) {
    sandboxes_.forget(fields[1]);
  }
}

void Parent::spawn(SpawnRequest request) {
  sandboxes_.make_tmp(request);
  if (request.python) preloading_ = true;  // after this one
  int pid = interpreter_.fork();
  if (pid == 0) become_environment(request);
  close(request.log_fd);
  if (pid < 0) {
    send({"failed", request.id, std::string("fork: ") + std::strerror(errno)});
    return;
  }
  running_[pid] = request.id;
  int pidfd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  // A forked child begins with our anonymous pages, files' come as it touches them; it is to be seen as one
  // that began as a bare interpreter.
  auto preloaded = static_cast<int64_t>(memory_in_use().anonymous) - static_cast<int64_t>(interpreter_bytes_);
  if (!request.python) preloaded = 0;
  send({"started", request.id, std::to_string(pid), std::to_string(preloaded / 1024)}, pidfd);
  if (pidfd >= 0) close(pidfd);
}

[[noreturn]] void die(int log_fd, const std::string& what) {
  std::string text = "millrace: " + what + ": " + std::strerror(errno) + "\n";
  if (write(log_fd, text.data(), text.size()) < 0) _exit(126);
  _exit(126);
}

// The variables as the process gets them: where nothing can be mounted, the folders' real names.
std::vector<std::string> variables_for(const SpawnRequest& request, const Sandboxes::Folders& folders) {
  std::vector<std::string> variables = request.env;
  if (folders.task == "/var/task") return variables;
  for (std::string& variable : variables)
    if (variable == "LAMBDA_TASK_ROOT=/var/task")
      variable = "LAMBDA_TASK_ROOT=" + folders.task;
    else if (variable == "PWD=/var/task")
      variable = "PWD=" + folders.task;
  variables.push_back("TMPDIR=" + folders.tmp);
  return variables;
}

[[noreturn]] void exec_program(const SpawnRequest& request, const Sandboxes::Folders& folders) {
  std::vector<std::string> variables = variables_for(request, folders);
  std::vector<std::string> arguments = request.argv;
  const std::string task = "/var/task/", opt = "/opt/";
  std::string& program = arguments[0];
  if (folders.task != "/var/task" && program.rfind(task, 0) == 0)
    program = folders.task + "/" + program.substr(task.size());
  if (folders.task != "/var/task" && program.rfind(opt, 0) == 0 && !folders.opt.empty())
    program = folders.opt[0] + "/" + program.substr(opt.size());
  std::vector<char*> argv, envp;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  for (std::string& variable : variables) envp.push_back(variable.data());
  argv.push_back(nullptr);
  envp.push_back(nullptr);
  for (int ignored : {SIGPIPE, SIGXFSZ}) signal(ignored, SIG_DFL);  // CPython ignores them, and exec would keep it
  limit_program_memory(request.memory_mb);
  execve(argv[0], argv.data(), envp.data());
  die(1, "exec " + request.argv[0]);
}

/// AWS's number, not the server's: a function that leaks descriptors fails here as it would there.
void limit_descriptors() {
  constexpr rlim_t kDescriptors = 1024;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur <= kDescriptors) return;
  limit.rlim_cur = kDescriptors;
  setrlimit(RLIMIT_NOFILE, &limit);
}

void Parent::become_environment(const SpawnRequest& request) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  limit_descriptors();
  setsid();
  for (int number : kServersSignals) signal(number, SIG_DFL);
  sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
  close(socket_);
  close(signals_);
  int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(nothing, 0);
  close(nothing);
  dup2(request.log_fd, 1);
  dup2(request.log_fd, 2);
  Sandboxes::Folders folders;
  const bool mounts = sandboxes_.obstacle().empty();
  const EnvironmentUser user = mounts ? environment_user(request.task_folder, request.tmp_folder) : EnvironmentUser();
  if (!sandboxes_.enter(request, folders)) die(1, "the function's folders could not be entered");
  if (!confine(user, request.log_fd, mounts)) die(1, "the function's process could not be confined");
  if (!request.python) exec_program(request, folders);  // its descriptors but 0 to 2 close with the exec
  limit_memory(request.memory_mb, interpreter_bytes_);
  Interpreter::Environment environment{variables_for(request, folders), folders.task, folders.opt, request.log_fd};
  std::exit(interpreter_.serve(environment));
}

void Parent::reap() {
  signalfd_siginfo ignored;
  while (read(signals_, &ignored, sizeof ignored) > 0) continue;
  for (;;) {
    siginfo_t info{};
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) return;
    auto found = running_.find(info.si_pid);
    if (found != running_.end()) kill(-info.si_pid, SIGKILL);  // what it left running, before its id is free
    int status = 0;
    rusage usage{};
    wait4(info.si_pid, &status, 0, &usage);
    if (found == running_.end()) {
      kill_left_behind();  // its own children, if it had any, are ours now
      continue;
    }
    send({"exited", found->second, std::to_string(WIFEXITED(status) ? WEXITSTATUS(status) : -1),
          std::to_string(WIFSIGNALED(status) ? WTERMSIG(status) : 0), std::to_string(usage.ru_maxrss)});
    running_.erase(found);
    kill_left_behind();
  }
}

// Children that aren't environments: what environments started in sessions of its own and left to us.
std::vector<pid_t> Parent::orphans() const {
  std::vector<pid_t> found;
  std::string path = sandboxes_.proc() + "/self/task/" + std::to_string(getpid()) + "/children";
  std::FILE* children = sandboxes_.proc().empty() ? nullptr : std::fopen(path.c_str(), "re");
  if (children == nullptr) return found;
  for (pid_t pid; std::fscanf(children, "%d", &pid) == 1;)
    if (!running_.contains(pid)) found.push_back(pid);
  std::fclose(children);
  return found;
}

// Ends the orphans of environments that have ended: those in no living environment's mount namespace. Where
// environments have none of their own nobody can tell, and orphans live as long as we do.
void Parent::kill_left_behind() {
  if (!sandboxes_.obstacle().empty()) return;
  auto mounts_of = [&](pid_t pid) {
    char name[64];
    std::string link = sandboxes_.proc() + "/" + std::to_string(pid) + "/ns/mnt";
    ssize_t size = readlink(link.c_str(), name, sizeof name);
    return std::string(name, static_cast<size_t>(std::max<ssize_t>(size, 0)));
  };
  std::vector<pid_t> candidates = orphans();
  if (candidates.empty()) return;
  std::set<std::string> living;
  for (const auto& [pid, id] : running_) living.insert(mounts_of(pid));
  for (pid_t pid : candidates)
    if (!living.contains(mounts_of(pid))) kill(pid, SIGKILL);
}

void Parent::send(const std::vector<std::string>& fields, int fd) {
  send_message(socket_, join_fields(fields), fd);
}

}  // namespace

int run_parent(int socket_fd, const ParentSettings& settings) {
  umask(022);  // handlers', as on AWS; the server's own keeps everybody out
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // These reach the server's whole process group; the server decides when we end.
  for (int number : kServersSignals) signal(number, SIG_IGN);
  Sandboxes sandboxes(settings.scratch, settings.visible);
  prctl(PR_SET_DUMPABLE, 0);  // nobody traces us or reads our memory; the environments undo it for themselves
  Interpreter interpreter(settings.site);
  _exit(Parent(socket_fd, sandboxes, interpreter).run());
}

int run_alone(const std::string& site) {
  Interpreter interpreter(site);
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) variables.emplace_back(*variable);
  const char* task = std::getenv("LAMBDA_TASK_ROOT");
  return interpreter.serve({variables, task != nullptr ? task : "/var/task", {"/opt"}, 1});
}

}  // namespace millrace::worker
