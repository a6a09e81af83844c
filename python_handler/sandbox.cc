#include "python_handler/sandbox.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace millrace::worker {

namespace fs = std::filesystem;

namespace {

bool write_text(const char* path, const std::string& text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  bool ok = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  close(fd);
  return ok;
}

bool bind(const std::string& from, const std::string& to, bool recursive) {
  return mount(from.c_str(), to.c_str(), nullptr, MS_BIND | (recursive ? MS_REC : 0), nullptr) == 0;
}

// mount_setattr came with kernel 5.12; glibc 2.36 has it, but older headers may not.
bool set_attributes(const std::string& path, uint64_t attributes, bool recursive) {
  mount_attr wanted{};
  wanted.attr_set = attributes;
  return syscall(SYS_mount_setattr, AT_FDCWD, path.c_str(), recursive ? AT_RECURSIVE : 0, &wanted, sizeof wanted) == 0;
}

bool make_folder(const std::string& path, mode_t mode = 0755) {
  return mkdir(path.c_str(), mode) == 0 || errno == EEXIST;
}

// Repeats what is in `from` inside the new root: links as links, folders as mounts, but for the names in
// `own`.
bool mirror(const std::string& from, const std::string& to, const std::vector<std::string>& own) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(from, error)) {
    std::string name = entry.path().filename();
    if (std::find(own.begin(), own.end(), name) != own.end()) continue;
    std::string target = to + "/" + name;
    if (entry.is_symlink(error)) {
      fs::copy_symlink(entry.path(), target, error);
    } else if (entry.is_directory(error)) {
      // A folder that can't be mounted (no right to see it) is left out; the function does without it.
      if (!make_folder(target) || !bind(entry.path(), target, true)) rmdir(target.c_str());
    }
  }
  return !error;
}

bool is_in_a_home(const fs::path& path) {
  if (!path.is_absolute() || path == "/") return false;
  std::string top = *std::next(path.begin());
  return top == "home" || top == "root";
}

// A folder of the host at its own place in the new root, where it wouldn't be seen otherwise.
void mirror_folder(const std::string& folder, const std::string& root) {
  std::error_code error;
  // Whoever the environment runs as walks through the folders above it; the server's own mask keeps strangers out.
  const mode_t mask = umask(022);
  if (fs::is_directory(folder, error)) {
    fs::create_directories(root + folder, error);  // there already if a folder within it was mirrored before
    bind(folder, root + folder, false);
  }
  umask(mask);
}

bool is_in_tmp(const std::string& path) {
  return path.rfind("/tmp/", 0) == 0;
}

// Folders of the PATH that lie in a home (a node of one's own, say).
void mirror_programs_in_homes(const std::string& root) {
  const char* path = std::getenv("PATH");
  std::string rest = path != nullptr ? path : "";
  while (!rest.empty()) {
    size_t colon = std::min(rest.find(':'), rest.size());
    std::string folder = rest.substr(0, colon);
    rest.erase(0, colon + 1);
    if (is_in_a_home(folder)) mirror_folder(folder, root);
  }
}

}  // namespace

Sandboxes::Sandboxes(std::string scratch, std::vector<std::string> visible)
    : scratch_(std::move(scratch)), visible_(std::move(visible)) {
  if (scratch_.empty()) {
    obstacle_ = "not wanted";
    return;
  }
  if (!take_namespaces()) return;
  root_ = scratch_ + "/root";
  if (!build_root()) {
    obstacle_ = "the root could not be built: " + std::string(std::strerror(errno));
    umount2(root_.c_str(), MNT_DETACH);
    root_.clear();
  }
}

bool Sandboxes::take_namespaces() {
  uid_t uid = getuid();
  gid_t gid = getgid();
  int wanted = CLONE_NEWNS | CLONE_NEWPID | (uid == 0 ? 0 : CLONE_NEWUSER);
  if (unshare(wanted) != 0) {
    obstacle_ = std::string("no namespaces: ") + std::strerror(errno);
    return false;
  }
  if (uid != 0) {
    write_text("/proc/self/setgroups", "deny");
    write_text("/proc/self/uid_map", std::to_string(uid) + " " + std::to_string(uid) + " 1\n");
    write_text("/proc/self/gid_map", std::to_string(gid) + " " + std::to_string(gid) + " 1\n");
  }
  int pid = fork();
  if (pid < 0) {
    obstacle_ = std::string("no namespaces: ") + std::strerror(errno);
    return false;
  }
  if (pid > 0) {  // this process only waits, so that the server sees its child end
    prctl(PR_SET_DUMPABLE, 0);
    close_range(3, ~0u, 0);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  return true;
}

bool Sandboxes::build_root() {
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  if (!make_folder(root_)) return false;
  if (mount("millrace", root_.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=1m") != 0) return false;
  // Nobody's home is visible in a function, nor the AWS profile in it, but for folders of programs.
  if (!mirror("/", root_, {"var", "opt", "tmp", "proc", "home", "root", "lost+found"})) return false;
  mirror_programs_in_homes(root_);
  for (const std::string& folder : visible_)
    if (is_in_a_home(folder)) mirror_folder(folder, root_);
  if (!make_folder(root_ + "/var") || !mirror("/var", root_ + "/var", {"task", "tmp"})) return false;
  for (const char* folder : {"/var/task", "/opt", "/tmp", "/proc"})
    if (!make_folder(root_ + folder)) return false;
  if (symlink("/tmp", (root_ + "/var/tmp").c_str()) != 0 && errno != EEXIST) return false;
  // Our own process ids where the kernel lets us, the host's otherwise.
  proc_ = root_ + "/proc";
  if (mount("proc", proc_.c_str(), "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0) {
    if (!bind("/proc", proc_, true)) return false;
    proc_.clear();
  }
  return set_attributes(root_, MOUNT_ATTR_RDONLY, true);
}

void Sandboxes::make_tmp(const SpawnRequest& request) {
  if (!obstacle_.empty() || request.tmp_folder.empty() || !mounted_tmp_.insert(request.tmp_folder).second) return;
  std::string options = "mode=1777,size=" + std::to_string(request.tmp_mb) + "m";
  mount("millrace", request.tmp_folder.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, options.c_str());
}

void Sandboxes::forget(const std::string& tmp_folder) {
  if (mounted_tmp_.erase(tmp_folder) > 0) umount2(tmp_folder.c_str(), MNT_DETACH);
}

bool Sandboxes::mount_function(const SpawnRequest& request) const {
  if (unshare(CLONE_NEWNS) != 0) return false;
  std::string task = root_ + "/var/task", opt = root_ + "/opt", tmp = root_ + "/tmp";
  if (!bind(request.task_folder, task, false) || !set_attributes(task, MOUNT_ATTR_RDONLY, false)) return false;
  if (request.layer_folders.size() == 1) {
    if (!bind(request.layer_folders[0], opt, false) || !set_attributes(opt, MOUNT_ATTR_RDONLY, false)) return false;
  } else if (request.layer_folders.size() > 1) {
    std::string lower;  // the last layer wins, and the first of lowerdir is the top
    for (auto layer = request.layer_folders.rbegin(); layer != request.layer_folders.rend(); ++layer)
      lower += (lower.empty() ? "" : ":") + *layer;
    if (mount("millrace", opt.c_str(), "overlay", MS_RDONLY, ("lowerdir=" + lower).c_str()) != 0) return false;
  }
  if (!request.tmp_folder.empty() && !bind(request.tmp_folder, tmp, false)) return false;
  // The runtime's own that the user keeps in the host's /tmp shows as a folder of the function's.
  for (const std::string& folder : visible_)
    if (is_in_tmp(folder)) {
      mirror_folder(folder, root_);
      set_attributes(root_ + folder, MOUNT_ATTR_RDONLY, false);
    }
  // The new root goes on top of the old one, which is then let go.
  if (chdir(root_.c_str()) != 0) return false;
  if (syscall(SYS_pivot_root, ".", ".") == 0) return umount2(".", MNT_DETACH) == 0;
  return chroot(".") == 0;  // the host runs from its initial ramdisk, where pivot_root doesn't work
}

bool Sandboxes::enter(const SpawnRequest& request, Folders& folders) const {
  if (obstacle_.empty()) {
    if (!mount_function(request)) return false;
    folders = {"/var/task", {"/opt"}, "/tmp"};
  } else {
    folders = {request.task_folder, {}, request.tmp_folder};
    folders.opt.assign(request.layer_folders.rbegin(), request.layer_folders.rend());
  }
  return chdir(folders.task.c_str()) == 0;
}

}  // namespace millrace::worker
