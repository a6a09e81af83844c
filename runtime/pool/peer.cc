#include "runtime/pool/peer.h"

#include <dirent.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <set>

namespace millrace::pool {

namespace {

constexpr size_t kProcessesMax = 4096;  // looked at, of one environment

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;
using Folder = std::unique_ptr<DIR, int (*)(DIR*)>;

File open_file(const std::string& path) {
  return {std::fopen(path.c_str(), "re"), &std::fclose};
}

std::string link_target(const std::string& path) {
  char target[64];
  ssize_t size = readlink(path.c_str(), target, sizeof target);
  return size > 0 ? std::string(target, static_cast<size_t>(size)) : "";
}

/// `table` is tcp or tcp6, whose addresses are in hexadecimal, the IPv4 one in the last eight digits; programs with
/// sockets of either kind reach us.
std::optional<uint64_t> find_inode(const char* table, const std::string& client, const std::string& ours) {
  File file = open_file(table);
  char line[512], local[64], remote[64];
  unsigned long inode = 0;
  while (file && std::fgets(line, sizeof line, file.get()) != nullptr) {
    if (std::sscanf(line, "%*d: %63s %63s %*s %*s %*s %*s %*d %*d %lu", local, remote, &inode) != 3 || inode == 0)
      continue;
    if (std::string_view(local).ends_with(client) && std::string_view(remote).ends_with(ours)) return inode;
  }
  return std::nullopt;
}

/// "0100007F:11D6": the address as the kernel keeps it, its bytes in the network's order.
std::string table_text(const boost::asio::ip::tcp::endpoint& endpoint) {
  const auto bytes = endpoint.address().to_v4().to_bytes();
  uint32_t word = 0;
  std::memcpy(&word, bytes.data(), sizeof word);
  char text[16];
  std::snprintf(text, sizeof text, "%08X:%04X", word, endpoint.port());
  return text;
}

bool holds(const std::string& process, const std::string& socket) {
  const std::string path = process + "/fd";
  Folder folder(opendir(path.c_str()), &closedir);
  while (const dirent* entry = folder ? readdir(folder.get()) : nullptr) {
    if (entry->d_name[0] != '.' && link_target(path + "/" + entry->d_name) == socket) return true;
  }
  return false;
}

std::string folder_of(pid_t pid) {
  return "/proc/" + std::to_string(pid);
}

/// What a process (by any of its threads) has started and not left behind.
void add_children(pid_t pid, std::vector<pid_t>& to) {
  const std::string tasks = folder_of(pid) + "/task";
  Folder folder(opendir(tasks.c_str()), &closedir);
  while (const dirent* entry = folder ? readdir(folder.get()) : nullptr) {
    if (entry->d_name[0] == '.') continue;
    File children = open_file(tasks + "/" + entry->d_name + "/children");
    for (pid_t child; children && std::fscanf(children.get(), "%d", &child) == 1;) to.push_back(child);
  }
}

}  // namespace

std::optional<uint64_t> peer_socket(const boost::asio::ip::tcp::endpoint& client,
                                    const boost::asio::ip::tcp::endpoint& ours) {
  if (!client.address().is_v4() || !ours.address().is_v4()) return std::nullopt;
  const std::string from = table_text(client), to = table_text(ours);
  if (auto inode = find_inode("/proc/net/tcp", from, to)) return inode;
  return find_inode("/proc/net/tcp6", from, to);
}

bool hold_socket(const std::vector<pid_t>& processes, uint64_t inode) {
  const std::string socket = "socket:[" + std::to_string(inode) + "]";
  std::vector<pid_t> family = processes;
  for (size_t i = 0; i < family.size() && i < kProcessesMax; ++i) {
    if (holds(folder_of(family[i]), socket)) return true;
    add_children(family[i], family);
  }
  // What left the family is still in the environment's mounts.
  const std::string mounts = processes.empty() ? "" : link_target(folder_of(processes.front()) + "/ns/mnt");
  if (mounts.empty() || mounts == link_target("/proc/self/ns/mnt")) return false;
  Folder all(opendir("/proc"), &closedir);
  while (const dirent* entry = all ? readdir(all.get()) : nullptr) {
    const std::string process = std::string("/proc/") + entry->d_name;
    if (std::atoi(entry->d_name) > 0 && link_target(process + "/ns/mnt") == mounts && holds(process, socket))
      return true;
  }
  return false;
}

}  // namespace millrace::pool
