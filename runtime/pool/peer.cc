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
// Environments' users, where they have their own (python_handler/confinement.cc chooses them).
constexpr uid_t kFirstUser = 1'900'000'000, kUsers = 1'000'000;

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
std::optional<PeerSocket> find_socket(const char* table, const std::string& client, const std::string& ours) {
  File file = open_file(table);
  char line[512], local[64], remote[64];
  unsigned long inode = 0;
  unsigned user = 0;
  while (file && std::fgets(line, sizeof line, file.get()) != nullptr) {
    if (std::sscanf(line, "%*d: %63s %63s %*s %*s %*s %*s %u %*d %lu", local, remote, &user, &inode) != 4 || inode == 0)
      continue;
    if (std::string_view(local).ends_with(client) && std::string_view(remote).ends_with(ours))
      return PeerSocket{inode, user};
  }
  return std::nullopt;
}

/// "0100007F:11D6": the address in words as the kernel keeps them, their bytes in the network's order.
template <class Bytes>
std::string table_text(const Bytes& bytes, uint16_t port) {
  std::string out;
  char text[16];
  for (size_t at = 0; at < bytes.size(); at += sizeof(uint32_t)) {
    uint32_t word = 0;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    std::snprintf(text, sizeof text, "%08X", word);
    out += text;
  }
  std::snprintf(text, sizeof text, ":%04X", port);
  return out + text;
}
std::string table_text(const boost::asio::ip::tcp::endpoint& endpoint) {
  const auto address = endpoint.address();
  return address.is_v4() ? table_text(address.to_v4().to_bytes(), endpoint.port())
                         : table_text(address.to_v6().to_bytes(), endpoint.port());
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

std::string mounts_of(const std::string& process) {
  return link_target(process + "/ns/mnt");
}

/// Whether one of them or of their descendants holds the socket; nothing if they are too many to be looked at. Adds the
/// mounts in which they live.
std::optional<bool> family_holds(std::vector<pid_t> family, const std::string& socket, std::set<std::string>& mounts) {
  for (size_t i = 0; i < family.size(); ++i) {
    if (i == kProcessesMax) return std::nullopt;
    const std::string folder = folder_of(family[i]);
    if (holds(folder, socket)) return true;
    mounts.insert(mounts_of(folder));
    add_children(family[i], family);
  }
  return false;
}

/// Whether one of the machine's processes that live in these mounts holds the socket. Ours and those that aren't to be
/// seen don't count.
bool held_in(std::set<std::string> mounts, const std::string& socket) {
  mounts.erase("");
  mounts.erase(mounts_of("/proc/self"));
  if (mounts.empty()) return false;
  Folder all(opendir("/proc"), &closedir);
  while (const dirent* entry = all ? readdir(all.get()) : nullptr) {
    if (std::atoi(entry->d_name) <= 0) continue;
    const std::string process = std::string("/proc/") + entry->d_name;
    if (mounts.contains(mounts_of(process)) && holds(process, socket)) return true;
  }
  return false;
}

std::string link_text(uint64_t inode) {
  return "socket:[" + std::to_string(inode) + "]";
}

}  // namespace

std::optional<PeerSocket> peer_socket(const boost::asio::ip::tcp::endpoint& client,
                                      const boost::asio::ip::tcp::endpoint& ours) {
  if (client.address().is_v4() != ours.address().is_v4()) return std::nullopt;
  const std::string from = table_text(client), to = table_text(ours);
  if (client.address().is_v4()) {
    if (auto found = find_socket("/proc/net/tcp", from, to)) return found;
  }
  return find_socket("/proc/net/tcp6", from, to);
}

bool hold_socket(const std::vector<pid_t>& processes, uint64_t inode) {
  const std::string socket = link_text(inode);
  std::set<std::string> mounts;
  if (family_holds(processes, socket, mounts).value_or(false)) return true;
  // What left the family is still in the environment's mounts.
  return !processes.empty() && held_in({mounts_of(folder_of(processes.front()))}, socket);
}

bool may_be_a_handler_s(const boost::asio::ip::tcp::endpoint& client, const boost::asio::ip::tcp::endpoint& ours) {
  auto peer = peer_socket(client, ours);
  if (!peer || (peer->user >= kFirstUser && peer->user - kFirstUser < kUsers)) return true;
  const std::string socket = link_text(peer->inode);
  // We send what others tell us to (HTTP integrations of APIs).
  if (holds("/proc/self", socket)) return true;
  std::vector<pid_t> children;
  std::set<std::string> mounts;
  add_children(getpid(), children);
  if (family_holds(std::move(children), socket, mounts).value_or(true)) return true;
  // What is handed from process to process while we look is in its environment's mounts all the time, and so is the
  // first process there, which is our descendant.
  return held_in(std::move(mounts), socket);
}

}  // namespace millrace::pool
