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

/// The inode of the socket at `client`, which is connected to `ours` on this machine; nothing if there is none (any
/// more) or /proc can't be read.
std::optional<uint64_t> peer_socket(const boost::asio::ip::tcp::endpoint& client,
                                    const boost::asio::ip::tcp::endpoint& ours);

/// True if one of these processes, of their descendants, or of those in the first one's mount namespace (if that isn't
/// ours) has the socket open.
bool hold_socket(const std::vector<pid_t>& processes, uint64_t inode);

}  // namespace millrace::pool
