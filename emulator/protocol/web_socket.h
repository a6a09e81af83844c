#pragma once
// WebSocket connections without sockets: an answer with status 101 whose body is an Upgrade hands the connection over.

#include <cstdint>
#include <memory>
#include <string>

#include "emulator/protocol/http.h"

namespace millrace::protocol {

/// The connection, as who answers it sees it. Thread-safe; does nothing once the connection has ended.
class WebSocket {
 public:
  virtual ~WebSocket() = default;
  /// Queues a text message.
  virtual void send(std::string text) = 0;
  /// Ends it with a close frame.
  virtual void close(uint16_t code, std::string reason) = 0;
};

/// What becomes of a connection after its upgrade. Called one after the other, on the connection's own thread: must not
/// block.
class Upgrade : public BodySource {
 public:
  virtual void opened(std::shared_ptr<WebSocket> socket) = 0;
  virtual void message(std::string text) = 0;
  /// The last call. 1005: closed without a code; 1006: the connection broke.
  virtual void closed(uint16_t code, std::string reason) = 0;

  // A front that can't hand connections over sends nothing.
  std::optional<uint64_t> length() const override { return 0; }
  void next(std::function<void(Piece)> deliver) override { deliver({"", true, false}); }
  bool blocks() const override { return false; }
};

}  // namespace millrace::protocol
