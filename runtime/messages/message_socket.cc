#include "runtime/messages/message_socket.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace millrace::worker {

bool send_message(int socket, const std::string& message, int fd, int flags) {
  iovec part{const_cast<char*>(message.data()), message.size()};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  if (fd >= 0) {
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    cmsghdr* attached = CMSG_FIRSTHDR(&header);
    attached->cmsg_level = SOL_SOCKET;
    attached->cmsg_type = SCM_RIGHTS;
    attached->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(attached), &fd, sizeof(int));
  }
  ssize_t sent;
  do {
    sent = sendmsg(socket, &header, MSG_NOSIGNAL | flags);
  } while (sent < 0 && errno == EINTR);
  return sent >= 0;
}

ReceivedMessage receive_message(int socket, char* buffer, size_t buffer_bytes, int flags) {
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  iovec part{buffer, buffer_bytes};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  ReceivedMessage out;
  out.size = recvmsg(socket, &header, MSG_CMSG_CLOEXEC | flags);
  if (out.size <= 0) return out;
  const cmsghdr* attached = CMSG_FIRSTHDR(&header);
  if (attached != nullptr && attached->cmsg_type == SCM_RIGHTS) std::memcpy(&out.fd, CMSG_DATA(attached), sizeof(int));
  return out;
}

}  // namespace millrace::worker
