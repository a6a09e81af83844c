#pragma once
// One message at a time over a SOCK_SEQPACKET socket, each with at most one descriptor beside it.

#include <sys/types.h>

#include <cstddef>
#include <string>

namespace millrace::worker {

/// Sends the message with the descriptor (-1: none): false, with errno, if it couldn't be sent. `flags`: sendmsg's, beside
/// MSG_NOSIGNAL.
bool send_message(int socket, const std::string& message, int fd, int flags = 0);

struct ReceivedMessage {
  ssize_t size = 0;  // 0: the other side has ended; -1: an error, in errno
  int fd = -1;       // the receiver's to close
};
/// The next message into `buffer`. `flags`: recvmsg's.
ReceivedMessage receive_message(int socket, char* buffer, size_t buffer_bytes, int flags = 0);

}  // namespace millrace::worker
