#include "python_handler/confinement.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <iterator>
#include <vector>

namespace millrace::worker {

namespace {

constexpr rlim_t kProcessesMax = 1024;                           // of an environment, threads among them [AWS quota]
constexpr rlim_t kProcessesOfAllMax = 8 * 1024;                  // where all environments are one user's
constexpr uid_t kFirstUser = 1'900'000'000, kUsers = 1'000'000;  // where no machine has users of its own

// linux/landlock.h of older kernels lacks the later members.
struct LandlockRuleset {
  uint64_t handled_access_fs;
  uint64_t handled_access_net;
  uint64_t scoped;
};
struct [[gnu::packed]] LandlockPath {
  uint64_t allowed_access;
  int32_t parent_fd;
};
constexpr uint64_t kMakeBlockDevice = 1ull << 11, kRefer = 1ull << 13, kScopeSignal = 1ull << 1;
constexpr int kLandlockCreate = 444, kLandlockAddRule = 445, kLandlockRestrict = 446;  // on every architecture
constexpr int kReferSince = 2, kScopesSince = 6;

/// A domain of its own: its processes can't trace, read the memory of, or (from Linux 6.12 on) signal others, nor
/// change mounts. Nothing that files are used for is restricted. False where the kernel doesn't offer it.
bool enter_landlock_domain() {
  const long version = syscall(kLandlockCreate, nullptr, 0, 1u);
  if (version < kReferSince) return false;  // the first one forbids renaming between folders
  const LandlockRuleset wanted{kMakeBlockDevice | kRefer, 0, version >= kScopesSince ? kScopeSignal : 0};
  const size_t size = version >= kScopesSince ? sizeof wanted : sizeof wanted.handled_access_fs;
  const int ruleset = static_cast<int>(syscall(kLandlockCreate, &wanted, size, 0u));
  if (ruleset < 0) return false;
  const LandlockPath everywhere{kMakeBlockDevice | kRefer, open("/", O_PATH | O_CLOEXEC)};
  const bool entered =
      syscall(kLandlockAddRule, ruleset, 1, &everywhere, 0u) == 0 && syscall(kLandlockRestrict, ruleset, 0u) == 0;
  close(everywhere.parent_fd);
  close(ruleset);
  return entered;
}

constexpr uint32_t kArchitecture =
#if defined(__x86_64__)
    AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
    AUDIT_ARCH_AARCH64;
#else
#error "which architecture?"
#endif

/// Refuses calls with EPERM: those that change mounts or the kernel, and those that reach into other processes.
bool filter_system_calls(bool in_a_domain) {
  std::vector<unsigned> refused = {
      SYS_mount,       SYS_umount2,    SYS_pivot_root,  SYS_move_mount,    SYS_open_tree,     SYS_fsopen,
      SYS_fsconfig,    SYS_fsmount,    SYS_fspick,      SYS_mount_setattr, SYS_setns,         SYS_open_by_handle_at,
      SYS_bpf,         SYS_kexec_load, SYS_init_module, SYS_finit_module,  SYS_delete_module, SYS_add_key,
      SYS_request_key, SYS_keyctl,     SYS_swapon,      SYS_swapoff,       SYS_reboot};
  // In a domain the kernel looks whom they are for; a program may debug itself.
  if (!in_a_domain)
    for (unsigned number : {SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_pidfd_getfd})
      refused.push_back(number);
  const auto load = [](size_t offset) {
    return sock_filter{BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<uint32_t>(offset)};
  };
  const sock_filter refuse{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | EPERM};
  std::vector<sock_filter> program = {load(offsetof(seccomp_data, arch)),
                                      {BPF_JMP | BPF_JEQ | BPF_K, 1, 0, kArchitecture},
                                      refuse,  // another architecture's numbers mean other calls
                                      load(offsetof(seccomp_data, nr))};
#if defined(__x86_64__)
  program.push_back({BPF_JMP | BPF_JGE | BPF_K, 0, 1, 0x40000000});  // x32
  program.push_back(refuse);
#endif
  // Who hides from /proc could not be told from the developer's programs.
  program.push_back({BPF_JMP | BPF_JEQ | BPF_K, 0, 4, SYS_prctl});
  program.push_back(load(offsetof(seccomp_data, args)));  // its lower half, on little-endian machines
  program.push_back({BPF_JMP | BPF_JEQ | BPF_K, 0, 1, PR_SET_DUMPABLE});
  program.push_back(refuse);
  program.push_back({BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW});
  for (unsigned number : refused) {
    program.push_back({BPF_JMP | BPF_JEQ | BPF_K, 0, 1, number});
    program.push_back(refuse);
  }
  program.push_back({BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW});
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

/// For good: nothing that a program of root's or with file capabilities would get by exec. Takes a capability itself, so
/// it comes before the change of user.
void empty_bounding_set() {
  for (int capability = 0; capability <= 63; ++capability) prctl(PR_CAPBSET_DROP, capability);
}

bool drop_capabilities() {
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[2] = {};
  return syscall(SYS_capset, &header, none) == 0;
}

bool become_user(const EnvironmentUser& user, int log_fd) {
  if (user.uid == 0) return true;
  // /dev/stdout is opened anew by some; the pipe is theirs as much as its descriptor.
  if (fchown(log_fd, user.uid, user.gid) != 0) return false;
  if (setgroups(0, nullptr) != 0) return false;
  return setresgid(user.gid, user.gid, user.gid) == 0 && setresuid(user.uid, user.uid, user.uid) == 0;
}

void limit_processes(rlim_t most) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NPROC, &limit) != 0) return;
  limit.rlim_max = std::min(limit.rlim_max, most);
  limit.rlim_cur = std::min(limit.rlim_cur, limit.rlim_max);
  setrlimit(RLIMIT_NPROC, &limit);
}

/// Users beyond what a user namespace maps can't be had.
bool is_mapped(uid_t uid) {
  std::FILE* map = std::fopen("/proc/self/uid_map", "re");
  if (map == nullptr) return false;
  unsigned long inside = 0, outside = 0, count = 0;
  bool found = false;
  while (std::fscanf(map, "%lu %lu %lu", &inside, &outside, &count) == 3)
    found = found || (uid >= inside && uid - inside < count);
  std::fclose(map);
  return found;
}

}  // namespace

EnvironmentUser environment_user(const std::string& task_folder, const std::string& tmp_folder) {
  if (geteuid() != 0 || !is_mapped(kFirstUser + kUsers)) return {};
  struct stat folder {};
  if (stat(task_folder.c_str(), &folder) != 0) return {};
  const mode_t readable = S_IROTH | S_IXOTH;
  if ((folder.st_mode & readable) != readable) return {folder.st_uid, folder.st_gid};
  const uid_t user = kFirstUser + static_cast<uid_t>(std::hash<std::string>()(tmp_folder) % kUsers);
  return {user, user};
}

bool confine(const EnvironmentUser& user, int log_fd, bool namespaces) {
  if (user.uid != 0)
    limit_processes(kProcessesMax);
  else if (namespaces)
    limit_processes(kProcessesOfAllMax);  // otherwise what else the developer runs would count
  empty_bounding_set();
  if (!become_user(user, log_fd) || !drop_capabilities()) return false;
  // A change of user takes both back.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_DUMPABLE, 1);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
  const bool in_a_domain = enter_landlock_domain();
  // A kernel without seccomp (a sandboxed one) has only the rest to offer.
  return filter_system_calls(in_a_domain) || errno == EINVAL || errno == ENOSYS;
}

}  // namespace millrace::worker
