#pragma once
// A connection after its upgrade to a WebSocket: frames, limits, close. All members belong to the connection's lane;
// send() and close() may be called from anywhere.

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "emulator/protocol/web_socket.h"
#include "emulator/server/session.h"

namespace millrace::server {

/// What the handshake needs of the request and the reply.
struct Handshake {
  std::string target, host, key, version;
  protocol::Headers reply;  // Sec-WebSocket-Protocol and its like
};

class WebSocketConnection final : public protocol::WebSocket, public std::enable_shared_from_this<WebSocketConnection> {
 public:
  /// `ended` is called once, when the connection is over.
  WebSocketConnection(Socket socket, std::shared_ptr<protocol::Upgrade> upgrade, std::function<void()> ended);
  ~WebSocketConnection() override;

  void start(Handshake handshake);
  void send(std::string text) override;
  void close(uint16_t code, std::string reason) override;
  /// Ends it at once, without a word to the client. On the connection's lane.
  void cut() { end(1012, "Service restart"); }

 private:
  void read();
  void write();
  void begin_close(uint16_t code, const std::string& reason);
  /// The client's close frame is there.
  void said_goodbye();
  /// Tells the upgrade, once, that the connection is over: as soon as either side has said so.
  void tell(uint16_t code, std::string reason);
  void end(uint16_t code, std::string reason);

  boost::beast::websocket::stream<Socket> stream_;
  std::shared_ptr<protocol::Upgrade> upgrade_;
  std::function<void()> ended_;
  boost::beast::flat_buffer buffer_;
  std::deque<std::string> waiting_;  // to be sent
  size_t waiting_bytes_ = 0;
  bool opened_ = false, writing_ = false, closing_ = false, told_ = false, over_ = false;
};

}  // namespace millrace::server
