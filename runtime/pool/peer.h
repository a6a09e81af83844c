#pragma once
// Whose a connection is, where TCP doesn't say: the socket at its other end, and the processes that hold it, as /proc
// shows them.

#include <sys/types.h>

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millrace::pool {

struct PeerSocket {
  uint64_t inode = 0;
  uid_t user = 0;  // who made it
};
/// The socket at `client`, which is connected to `ours` on this machine; nothing if there is none (any more) or /proc
/// can't be read.
std::optional<PeerSocket> peer_socket(const boost::asio::ip::tcp::endpoint& client,
                                      const boost::asio::ip::tcp::endpoint& ours);

/// True if one of these processes, of their descendants, or of those in the first one's mount namespace (if that isn't
/// ours) has the socket open.
bool hold_socket(const std::vector<pid_t>& processes, uint64_t inode);

/// False only if the socket at `client` is on this machine and no execution environment's: made by none of their users,
/// held neither by us nor by our own descendants and by nobody in the mounts of one. Costs a look at every process, a few
/// milliseconds at most.
bool may_be_a_handler_s(const boost::asio::ip::tcp::endpoint& client, const boost::asio::ip::tcp::endpoint& ours);

}  // namespace millrace::pool
