#pragma once
// The HTTP/1.1 server: sockets, limits, keep-alive. One io_context per core, each accepting by itself. What a
// request means is the Front's business. Only http_server.cc and session.cc include Beast.

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "emulator/protocol/http.h"

namespace millrace::server {

/// Of a connection, as the socket has them.
struct ConnectionEnds {
  boost::asio::ip::tcp::endpoint client, ours;
};

/// What stands behind the sockets.
class Front {
 public:
  virtual ~Front() = default;
  /// What a front found out from a head; it gets it back with the whole request.
  struct HeadFacts {
    virtual ~HeadFacts() = default;
    uint64_t world = 0;  // the number of the world that found it out (world.h)
  };
  struct BodyPlan {
    bool stream = false;  // hand the request over with a BodyReader as soon as the head is read
    uint64_t bytes_max = 16u << 20;
    std::optional<protocol::HttpReply> refuse;  // answer this without reading the body
    std::shared_ptr<const HeadFacts> facts;
    bool wait = false;  // nothing can be said now: ask again as soon as when_open() calls
  };
  /// Called when the head has been read; a target in absolute form is given its ordinary one.
  virtual BodyPlan plan(protocol::HttpRequest& head, const ConnectionEnds& ends) = 0;
  /// The answer to a collected body over the limit.
  virtual protocol::HttpReply body_too_large(const protocol::HttpRequest& head, const HeadFacts* facts) = 0;
  /// Handles one request, `facts` as plan() gave them; `respond` is called once, on any thread.
  virtual void handle(protocol::HttpRequest request, std::shared_ptr<const HeadFacts> facts,
                      std::function<void(protocol::HttpReply)> respond) = 0;
  /// The answer to a request that was given to handle() has been sent, or nobody waits for it.
  virtual void answered() {}
  /// Calls `fn`, on any thread, when plan() needn't wait any more.
  virtual void when_open(std::function<void()> fn) { fn(); }
  /// Runs work that may block, e.g. reading a BodySource; false if there is no room.
  virtual bool run_blocking(std::function<void()> work) = 0;
  /// The Date header of now.
  virtual std::string date() = 0;
};

struct HttpServerOptions {
  std::string host = "127.0.0.1";
  uint16_t port = 4566;  // 0: any free one
  unsigned threads = 0;  // 0: one per core
};

class HttpServer {
 public:
  /// Binds and listens, so that the port is known and connections wait; the error is a sentence for a person (port in
  /// use).
  static std::unique_ptr<HttpServer> bind(const HttpServerOptions& options, std::string& error);
  /// Starts to accept; `front` outlives this object.
  void serve(Front& front);
  ~HttpServer();  // stops and joins
  uint16_t port() const;
  /// Ends what streams: uploads and answers on their way, WebSockets.
  void cut_streams();
  /// Returns when everything that was posted to the connections' threads has run.
  void flush();
  /// Accepts no more, ends idle connections, lets running requests finish for at most `grace_ms`.
  void stop(int grace_ms);

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::server
