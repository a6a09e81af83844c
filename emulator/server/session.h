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
  /// `on_closed` is called once, when the connection has ended.
  Session(Socket socket, Front& front, std::function<void(Session*)> on_closed);
  ~Session() override;

  void start();
  /// Called every few seconds by the owner: ends a connection that has been silent too long.
  void check_idle(std::chrono::steady_clock::time_point now);
  /// No further request; an answer in the making is still sent.
  void stop();
  /// Ends the connection if it has become a WebSocket, or if a request's or an answer's body is on its way.
  void cut_stream();
  bool busy() const { return handling_; }
  /// No whole head has arrived since the last answer: it may go to make room for another.
  bool idle() const { return !handling_ && !head_done_ && !writing_ && drain_reads_left_ == 0 && !closed_; }
  std::chrono::steady_clock::time_point last_activity() const { return last_activity_; }
  bool closed() const { return closed_; }

  bool gone(uint64_t request) override;
  void when_gone(uint64_t request, std::function<void()> then) override;

 private:
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

  Socket socket_;
  std::shared_ptr<const Front::HeadFacts> facts_;  // of the request at hand
  ConnectionEnds ends_;
  std::string peer_;  // the client's address
  Front& front_;
  std::function<void(Session*)> on_closed_;
  boost::beast::flat_buffer buffer_;
  std::optional<RequestParser> parser_;
  std::string out_;
  protocol::HttpRequest upgrade_head_;  // of a request that asks for a WebSocket, without its body
  std::shared_ptr<WebSocketConnection> web_socket_;
  std::shared_ptr<StreamedBody> streamed_;  // the body being read while the request is handled
  std::chrono::steady_clock::time_point last_activity_;
  std::chrono::steady_clock::time_point rate_since_;  // the window in which the body's rate is judged
  uint64_t rate_bytes_ = 0;                           // that arrived in it
  uint64_t body_bytes_max_ = 0;
  size_t body_counted_ = 0;
  uint64_t request_ = 0;                          // the number of the request at hand
  std::atomic<uint64_t> gone_ = 0, asked_ = 0;    // requests whose client went, and was asked after
  std::vector<std::function<void()>> when_gone_;  // of the request at hand
  bool watching_ = false;                         // waits for the socket to become readable
  bool head_done_ = false;
  bool handling_ = false;    // a request is with the Front
  bool with_front_ = false;  // and it wants to know of its end
  bool waits_ = false;       // for the Front to be able to say something of the head
  bool streams_ = false;     // an answer's body
  bool body_done_ = false;   // of a streamed request
  bool reading_ = false;     // into buffer_, which nobody else may touch meanwhile
  bool head_begun_ = false;  // its first byte has arrived
  bool writing_ = false;
  int drain_reads_left_ = 0;  // > 0: answered for the last time; what still arrives is thrown away
  bool keep_alive_ = true;
  bool chunked_reply_ = false;
  bool head_request_ = false;
  bool connect_request_ = false;  // a client that takes us for a proxy
  bool stopping_ = false;
  bool closed_ = false;
};

}  // namespace millrace::server
