#include "python_handler/runtime_client.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>

namespace millrace::worker {

namespace {

constexpr std::string_view kBase = "/2018-06-01/runtime";

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

// The status line and the headers of a reply's head.
void parse_head(std::string_view head, RuntimeClient::Reply& reply) {
  size_t line_end = head.find("\r\n");
  std::string_view status_line = head.substr(0, line_end);
  size_t space = status_line.find(' ');
  if (space != std::string_view::npos) {
    std::string_view digits = status_line.substr(space + 1);
    std::from_chars(digits.data(), digits.data() + digits.size(), reply.status);
  }
  while (line_end != std::string_view::npos) {
    head.remove_prefix(line_end + 2);
    line_end = head.find("\r\n");
    std::string_view line = head.substr(0, line_end);
    size_t colon = line.find(':');
    if (colon != std::string_view::npos)
      reply.headers[lower(line.substr(0, colon))] = std::string(trim(line.substr(colon + 1)));
  }
}

}  // namespace

RuntimeClient::RuntimeClient(std::string api) : api_(std::move(api)) {}

RuntimeClient::~RuntimeClient() {
  disconnect();
}

void RuntimeClient::disconnect() {
  if (socket_ >= 0) close(socket_);
  socket_ = -1;
  buffer_.clear();
}

bool RuntimeClient::connect_if_needed() {
  if (socket_ >= 0) return true;
  size_t colon = api_.rfind(':');
  std::string host = api_.substr(0, colon);
  std::string port = colon == std::string::npos ? "80" : api_.substr(colon + 1);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) return false;
  for (addrinfo* a = found; a != nullptr && socket_ < 0; a = a->ai_next) {
    socket_ = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
    if (socket_ >= 0 && ::connect(socket_, a->ai_addr, a->ai_addrlen) != 0) {
      close(socket_);
      socket_ = -1;
    }
  }
  freeaddrinfo(found);
  if (socket_ < 0) return false;
  int one = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return true;
}

bool RuntimeClient::send_all(std::string_view head, std::string_view body) {
  iovec parts[2] = {{const_cast<char*>(head.data()), head.size()}, {const_cast<char*>(body.data()), body.size()}};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  while (message.msg_iovlen > 0) {
    ssize_t sent = sendmsg(socket_, &message, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    size_t left = static_cast<size_t>(sent);
    while (message.msg_iovlen > 0 && left >= message.msg_iov->iov_len) {
      left -= message.msg_iov->iov_len;
      ++message.msg_iov;
      --message.msg_iovlen;
    }
    if (message.msg_iovlen > 0) {
      message.msg_iov->iov_base = static_cast<char*>(message.msg_iov->iov_base) + left;
      message.msg_iov->iov_len -= left;
    }
  }
  return true;
}

// Signals are let through while it waits and at no other time, so that none comes between the look at those
// that came and the waiting.
bool RuntimeClient::wait_for_more() {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  bool go_on;
  int ready = -1;
  do {
    go_on = on_signal();
    pollfd readable{socket_, POLLIN, 0};
    if (go_on) ready = ppoll(&readable, 1, nullptr, &before);
  } while (go_on && ready < 0 && errno == EINTR);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return go_on;
}

/// How many bytes came; 0: no more will.
size_t RuntimeClient::receive(char* to, size_t size) {
  given_up_ = on_signal && !wait_for_more();
  if (given_up_) return 0;
  ssize_t got = -1;
  do {
    got = recv(socket_, to, size, 0);
  } while (got < 0 && errno == EINTR);
  return got > 0 ? static_cast<size_t>(got) : 0;
}

bool RuntimeClient::fill() {
  constexpr size_t kPiece = 65'536;
  const size_t before = buffer_.size();
  buffer_.resize(before + kPiece);
  const size_t got = receive(buffer_.data() + before, kPiece);
  buffer_.resize(before + got);
  return got > 0;
}

bool RuntimeClient::read_reply(Reply& reply) {
  size_t end;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
    if (!fill()) return false;
  parse_head(std::string_view(buffer_).substr(0, end), reply);
  buffer_.erase(0, end + 4);
  auto length_text = reply.headers.find("content-length");
  size_t length = 0;
  if (length_text != reply.headers.end())
    std::from_chars(length_text->second.data(), length_text->second.data() + length_text->second.size(), length);
  reply.body = buffer_.substr(0, length);
  buffer_.erase(0, length);
  size_t have = reply.body.size();
  reply.body.resize(length);
  while (have < length) {
    const size_t got = receive(reply.body.data() + have, length - have);
    if (got == 0) return false;
    have += got;
  }
  auto connection = reply.headers.find("connection");
  if (connection != reply.headers.end() && lower(connection->second) == "close") disconnect();
  return true;
}

RuntimeClient::Reply RuntimeClient::exchange(std::string_view method, const std::string& path,
                                             const std::string& headers, std::string_view body) {
  std::string head;
  head.append(method).append(" ").append(kBase).append(path).append(" HTTP/1.1\r\nHost: ").append(api_);
  head.append("\r\nUser-Agent: millrace-python\r\n").append(headers);
  if (method == "POST") {
    head.append("Content-Type: application/json\r\nContent-Length: ").append(std::to_string(body.size()));
    head.append("\r\n");
  }
  head.append("\r\n");
  Reply reply;
  bool kept = socket_ >= 0;
  bool ok = connect_if_needed() && send_all(head, body) && read_reply(reply);
  if (!ok && kept && !given_up_) {  // a kept connection may have been closed meanwhile: once more on a new one
    disconnect();
    reply = Reply();
    ok = connect_if_needed() && send_all(head, body) && read_reply(reply);
  }
  if (!ok) {
    disconnect();
    reply.status = 0;
  }
  return reply;
}

RuntimeClient::Reply RuntimeClient::next() {
  return exchange("GET", "/invocation/next", "", "");
}

RuntimeClient::Reply RuntimeClient::post_response(std::string_view request_id, std::string_view body) {
  return exchange("POST", "/invocation/" + std::string(request_id) + "/response", "", body);
}

RuntimeClient::Reply RuntimeClient::post_error(std::string_view request_id, std::string_view error_type,
                                               std::string_view body) {
  return exchange("POST", "/invocation/" + std::string(request_id) + "/error",
                  "Lambda-Runtime-Function-Error-Type: " + std::string(error_type) + "\r\n", body);
}

RuntimeClient::Reply RuntimeClient::post_init_error(std::string_view error_type, std::string_view body) {
  return exchange("POST", "/init/error", "Lambda-Runtime-Function-Error-Type: " + std::string(error_type) + "\r\n",
                  body);
}

}  // namespace millrace::worker
