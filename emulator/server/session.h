#pragma once
// One connection: reads requests, hands them to the Front, writes answers, keeps alive. All members belong to the
// connection's io_context thread; what arrives from other threads is posted there.

#include <atomic>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "emulator/protocol/web_socket.h"
#include "emulator/server/http_server.h"
#include "emulator/server/request_parser.h"

namespace millrace::server {

using Executor = boost::asio::io_context::executor_type;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;

class StreamedBody;
class WebSocketConnection;

class Session final : public protocol::Connection, public std::enable_shared_from_this<Session> {
 public:
  /// Bytes of all connections' bodies together.
  using BodiesBytes = std::shared_ptr<std::atomic<size_t>>;
  /// `on_closed` is called once, when the connection has ended.
  Session(Socket socket, Front& front, BodiesBytes bodies_bytes, std::function<void(Session*)> on_closed);
  ~Session() override;

  void start();
  /// Called every few seconds by the owner: ends a connection that has been silent too long.
  void check_idle(std::chrono::steady_clock::time_point now);
  /// No further request; an answer in the making is still sent.
  void stop();
  /// Ends the connection if it has become a WebSocket, or if a request's or an answer's body is on its way.
  void cut_stream();
  /// No whole head has arrived since the last answer: it may go to make room for another.
  bool idle() const { return phase_ == Phase::idle || phase_ == Phase::head; }
  std::chrono::steady_clock::time_point last_activity() const { return last_activity_; }
  bool closed() const { return phase_ == Phase::closed; }

  bool gone(uint64_t request) override;
  void when_gone(uint64_t request, std::function<void()> then) override;

 private:
  /// How far the connection is with the request at hand.
  enum class Phase {
    idle,       // nothing of it has arrived
    head,       // its first byte has
    waiting,    // its head is there; the Front can't say anything of it yet
    body,       // is being read; the Front gets it whole
    answering,  // with the Front, or the answer is on its way; a streamed body may still be arriving
    upgraded,   // the connection has become a WebSocket
    draining,   // answered for the last time; what still arrives is thrown away
    closed,
  };
  /// The only one who changes the phase; std::logic_error for a step that there isn't.
  void enter(Phase next);
  static bool may_follow(Phase from, Phase next);
  /// What arrives now belongs to the request's body.
  bool reads_body() const {
    return phase_ == Phase::body || (phase_ == Phase::answering && at_hand_.streamed && !at_hand_.body_done);
  }
  /// Answers and closes.
  void answer_and_close(protocol::HttpReply reply);
  /// Has the end of the client's side told while a request is with the Front.
  void watch_client();
  void client_went();
  void read_more();
  void parse();
  void on_head();
  /// What the Front makes of the head.
  void plan();
  void hand_to_front(protocol::HttpRequest request);
  void count_answered();
  void on_request_complete();
  /// `bytes` of a request's body are held now, for the bound on all connections' together.
  void count_body(size_t bytes);
  void refuse_busy();
  void fail_parse(const boost::system::error_code& error);
  /// Answers 400 with the sentence and closes.
  void refuse_head(std::string sentence);
  void respond(protocol::HttpReply reply);
  /// Writes out_ and then calls `written`, which sets writing_ back.
  template <typename Written>
  void write_out(Written written);
  void write_reply(protocol::HttpReply reply);
  /// The connection becomes a WebSocket's, for good.
  void hand_over(std::shared_ptr<protocol::Upgrade> upgrade, protocol::Headers headers);
  void write_streamed(std::shared_ptr<protocol::BodySource> source);
  void write_piece(std::shared_ptr<protocol::BodySource> source, protocol::BodySource::Piece piece);
  void on_reply_written();
  void next_request();
  void drain_and_close();
  /// True if a body that is being read comes slower than kBodyRateMin.
  bool trickles(std::chrono::steady_clock::time_point now);
  void close();
  std::string head_text(const protocol::HttpReply& reply, bool head_request) const;

  /// Of one request.
  struct Exchange {
    std::shared_ptr<const Front::HeadFacts> facts;
    std::unique_ptr<protocol::HttpRequest> upgrade_head;  // of one that asks for a WebSocket, without its body
    std::shared_ptr<StreamedBody> streamed;               // the body being read while the request is handled
    uint64_t body_bytes_max = 0;
    bool body_done = false;   // of a streamed request
    bool with_front = false;  // and it wants to know of its end
    bool is_head = false;     // HEAD
    bool is_connect = false;  // a client that takes us for a proxy
    bool streams = false;     // an answer's body
    bool chunked_reply = false;
  };

  Phase phase_ = Phase::idle;
  Exchange at_hand_;
  Socket socket_;
  ConnectionEnds ends_;
  std::string peer_;  // the client's address
  Front& front_;
  std::function<void(Session*)> on_closed_;
  boost::beast::flat_buffer buffer_;
  std::optional<RequestParser> parser_;
  std::string out_;
  std::shared_ptr<WebSocketConnection> web_socket_;
  std::chrono::steady_clock::time_point last_activity_;
  std::chrono::steady_clock::time_point rate_since_;  // the window in which the body's rate is judged
  uint64_t rate_bytes_ = 0;                           // that arrived in it
  BodiesBytes bodies_bytes_;
  size_t body_counted_ = 0;                       // this connection's share of it
  uint64_t request_ = 0;                          // the number of the request at hand
  std::atomic<uint64_t> gone_ = 0, asked_ = 0;    // requests whose client went, and was asked after
  std::vector<std::function<void()>> when_gone_;  // of the request at hand
  // What the socket is at.
  bool watching_ = false;  // waits to become readable
  bool reading_ = false;   // into buffer_, which nobody else may touch meanwhile
  bool writing_ = false;
  int drain_reads_left_ = 0;
  bool keep_alive_ = true;  // another request may follow
  bool stopping_ = false;   // the server ends
};

}  // namespace millrace::server
