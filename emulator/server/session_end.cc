// What becomes of a connection besides requests: its client goes, the server ends, or the world behind it does.

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "emulator/base/guard.h"
#include "emulator/server/session.h"
#include "emulator/server/web_socket.h"

namespace millrace::server {

namespace asio = boost::asio;
using boost::system::error_code;

void Session::cut_stream() {
  if (web_socket_) return web_socket_->cut();
  if (at_hand_.streams || at_hand_.streamed) close();
}

bool Session::gone(uint64_t request) {
  if (gone_ == request) return true;
  if (asked_.exchange(request) != request) when_gone(request, {});
  return false;
}

void Session::when_gone(uint64_t request, std::function<void()> then) {
  asio::post(socket_.get_executor(), [self = shared_from_this(), request, then = std::move(then)]() mutable {
    if (request != self->request_) return;  // answered meanwhile
    if (self->closed() || self->gone_ == request) {
      if (then) guarded("a client's end", then);
      return;
    }
    if (then) self->when_gone_.push_back(std::move(then));
    self->watch_client();
  });
}

void Session::watch_client() {
  if (watching_ || reading_) return;  // a read tells, too
  watching_ = true;
  socket_.async_wait(Socket::wait_read, [self = shared_from_this()](error_code error) {
    self->watching_ = false;
    if (error || self->phase_ != Phase::answering || self->reading_) return;
    char byte;
    ssize_t n = ::recv(self->socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (n > 0) return;  // its next request: what is behind that can't be seen
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return self->watch_client();
    self->client_went();
  });
}

/// The answer is still written: a client that only ended its own side reads it.
void Session::client_went() {
  keep_alive_ = false;
  gone_ = request_;
  for (const auto& then : std::exchange(when_gone_, {})) guarded("a client's end", then);
}

void Session::stop() {
  stopping_ = true;
  if (web_socket_) return web_socket_->close(1001, "Going away");
  if (phase_ != Phase::answering) close();
}

}  // namespace millrace::server
