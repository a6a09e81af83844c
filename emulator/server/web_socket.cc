#include "emulator/server/web_socket.h"

#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include "emulator/base/guard.h"

namespace millrace::server {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;

namespace {
constexpr size_t kMessageMax = 128u << 10;     // API Gateway's quota for a message
constexpr size_t kWaitingMax = 4u << 20;       // what a client that doesn't read may hold; beyond it it is cut off
constexpr size_t kAllWaitingMax = 256u << 20;  // of all clients together
std::atomic<size_t> all_waiting = 0;
constexpr auto kIdleMax = std::chrono::minutes(10);
}  // namespace

WebSocketConnection::WebSocketConnection(Socket socket, std::shared_ptr<protocol::Upgrade> upgrade,
                                         std::function<void()> ended)
    : stream_(std::move(socket)), upgrade_(std::move(upgrade)), ended_(std::move(ended)) {
  stream_.read_message_max(kMessageMax);
  websocket::stream_base::timeout limits{};
  limits.handshake_timeout = std::chrono::seconds(30);
  limits.idle_timeout = kIdleMax;
  limits.keep_alive_pings = false;
  stream_.set_option(limits);
}

WebSocketConnection::~WebSocketConnection() {
  all_waiting -= waiting_bytes_;
}

void WebSocketConnection::start(Handshake handshake) {
  http::request<http::string_body> request{http::verb::get, handshake.target, 11};
  request.set(http::field::host, handshake.host);
  request.set(http::field::upgrade, "websocket");
  request.set(http::field::connection, "Upgrade");
  request.set(http::field::sec_websocket_key, handshake.key);
  request.set(http::field::sec_websocket_version, handshake.version);
  stream_.set_option(
      websocket::stream_base::decorator([reply = std::move(handshake.reply)](websocket::response_type& out) {
        for (const auto& [name, value] : reply) out.set(name, value);
      }));
  stream_.async_accept(request, [self = shared_from_this()](error_code error) {
    if (error) return self->end(1006, error.message());
    self->opened_ = true;
    // The client's close frame ends it for us; the socket goes when the client has closed its side, which may take long.
    self->stream_.control_callback([raw = self.get()](websocket::frame_type kind, boost::beast::string_view) {
      if (kind == websocket::frame_type::close) raw->said_goodbye();
    });
    guarded("a WebSocket's opening", [&] { self->upgrade_->opened(self); });
    self->read();
  });
}

void WebSocketConnection::read() {
  stream_.async_read(buffer_, [self = shared_from_this()](error_code error, size_t) {
    if (error == websocket::error::closed) return self->end(1005, "");
    if (error == websocket::error::message_too_big) return self->end(1009, "");
    if (error == boost::beast::error::timeout) return self->end(1001, "Going away");
    if (error) return self->end(1006, "Connection closed abnormally");
    if (!self->stream_.got_text()) return self->begin_close(1003, "Binary frames are not supported");
    std::string text(static_cast<const char*>(self->buffer_.data().data()), self->buffer_.size());
    self->buffer_.consume(self->buffer_.size());
    if (!self->told_) guarded("a WebSocket's message", [&] { self->upgrade_->message(std::move(text)); });
    self->read();
  });
}

void WebSocketConnection::send(std::string text) {
  asio::post(stream_.get_executor(), [self = shared_from_this(), text = std::move(text)]() mutable {
    if (self->over_ || self->closing_) return;
    self->waiting_bytes_ += text.size();
    all_waiting += text.size();
    if (self->waiting_bytes_ > kWaitingMax || all_waiting > kAllWaitingMax)
      return self->end(1006, "The client doesn't read");
    self->waiting_.push_back(std::move(text));
    self->write();
  });
}

void WebSocketConnection::write() {
  if (writing_ || waiting_.empty() || over_) return;
  writing_ = true;
  stream_.text(true);
  stream_.async_write(asio::buffer(waiting_.front()), [self = shared_from_this()](error_code error, size_t) {
    self->writing_ = false;
    self->waiting_bytes_ -= self->waiting_.front().size();
    all_waiting -= self->waiting_.front().size();
    self->waiting_.pop_front();
    if (error) return self->end(1006, "Connection closed abnormally");
    self->write();
  });
}

void WebSocketConnection::close(uint16_t code, std::string reason) {
  asio::post(stream_.get_executor(),
             [self = shared_from_this(), code, reason = std::move(reason)] { self->begin_close(code, reason); });
}

void WebSocketConnection::begin_close(uint16_t code, const std::string& reason) {
  if (closing_ || over_) return;
  closing_ = true;
  tell(code, reason);
  stream_.async_close(websocket::close_reason(websocket::close_code(code), reason.substr(0, 120)),
                      [self = shared_from_this(), code, reason](error_code) { self->end(code, reason); });
}

void WebSocketConnection::said_goodbye() {
  closing_ = true;
  const auto& reason = stream_.reason();
  tell(reason.code == websocket::close_code::none ? 1005 : reason.code, std::string(reason.reason.c_str()));
}

void WebSocketConnection::tell(uint16_t code, std::string reason) {
  if (!opened_ || std::exchange(told_, true)) return;
  guarded("a WebSocket's end", [&] { upgrade_->closed(code, std::move(reason)); });
}

void WebSocketConnection::end(uint16_t code, std::string reason) {
  if (over_) return;
  over_ = true;
  error_code ignored;
  stream_.next_layer().close(ignored);
  tell(code, std::move(reason));
  upgrade_.reset();
  if (auto ended = std::exchange(ended_, nullptr)) ended();
}

}  // namespace millrace::server
