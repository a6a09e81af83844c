#include "emulator/server/session.h"

#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/status.hpp>

#include "emulator/base/encoding.h"
#include "emulator/base/guard.h"
#include "emulator/server/framing.h"
#include "emulator/server/proxy_form.h"
#include "emulator/server/streamed_body.h"
#include "emulator/server/web_socket.h"

namespace millrace::server {

namespace {
namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr size_t kReadBytes = 64u << 10;
constexpr size_t kWriteBytes = 1u << 20;             // offered to the socket at once
constexpr auto kIdleMax = std::chrono::seconds(75);  // between requests, for a whole head, between the bytes of a body
// A body has to come as fast, judged over each such window in which it is read: one that trickles holds memory, and a
// thread if it is an upload.
constexpr uint64_t kBodyRateMin = 2u << 10;  // bytes a second
constexpr auto kRateWindow = std::chrono::seconds(30);
constexpr int kDrainReadsMax = 64;  // of kReadBytes: how much of a refused body is read, so that its answer is, too
// Of all connections together: bodies that wait to be complete or are being handled. Beyond it a request is answered
// with 503, which SDKs try again.
constexpr size_t kBodiesBytesMax = 512u << 20;
constexpr size_t kSmallBodyBytes = 64u << 10;  // smaller ones aren't counted: the number of connections bounds them
}  // namespace

Session::Session(Socket socket, Front& front, BodiesBytes bodies_bytes, std::function<void(Session*)> on_closed)
    : socket_(std::move(socket)),
      front_(front),
      on_closed_(std::move(on_closed)),
      bodies_bytes_(std::move(bodies_bytes)) {
  last_activity_ = std::chrono::steady_clock::now();
}

Session::~Session() {
  count_body(0);
}

bool Session::may_follow(Phase from, Phase next) {
  if (next == Phase::closed) return from != Phase::closed;
  switch (from) {
    case Phase::idle:
    case Phase::head:
      return next == Phase::head || next == Phase::waiting || next == Phase::body || next == Phase::answering;
    case Phase::waiting: return next == Phase::body || next == Phase::answering;
    case Phase::body: return next == Phase::answering;
    case Phase::answering: return next == Phase::idle || next == Phase::upgraded || next == Phase::draining;
    case Phase::upgraded:
    case Phase::draining:
    case Phase::closed: return false;
  }
  return false;
}

void Session::enter(Phase next) {
  if (next == phase_) return;
  if (!may_follow(phase_, next))
    throw std::logic_error(
        fmt::format("a connection can't go from phase {} to {}", static_cast<int>(phase_), static_cast<int>(next)));
  phase_ = next;
}

void Session::count_body(size_t bytes) {
  if (bytes < kSmallBodyBytes) bytes = 0;
  if (bytes == body_counted_) return;
  *bodies_bytes_ += bytes - body_counted_;
  body_counted_ = bytes;
}

void Session::start() {
  error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);  // no call on it may hold up the lane's other connections
  ends_ = {socket_.remote_endpoint(ignored), socket_.local_endpoint(ignored)};
  peer_ = ends_.client.address().to_string();
  next_request();
}

void Session::count_answered() {
  if (std::exchange(at_hand_.with_front, false)) front_.answered();
}

void Session::hand_to_front(protocol::HttpRequest request) {
  enter(Phase::answering);
  at_hand_.with_front = true;
  front_.handle(std::move(request), at_hand_.facts, [self = shared_from_this()](protocol::HttpReply reply) {
    asio::dispatch(self->socket_.get_executor(),
                   [self, reply = std::move(reply)]() mutable { self->respond(std::move(reply)); });
  });
}

void Session::next_request() {
  count_answered();
  parser_.emplace();
  at_hand_ = Exchange();
  ++request_;
  when_gone_.clear();
  count_body(0);
  if (stopping_) return close();
  enter(Phase::idle);
  if (buffer_.size() > 0)
    parse();
  else
    read_more();
}

void Session::read_more() {
  if (reading_ || closed()) return;
  reading_ = true;
  // A small buffer for small requests: a large one only while a body arrives.
  size_t want = idle() ? 8u << 10 : kReadBytes;
  socket_.async_read_some(buffer_.prepare(want), [self = shared_from_this()](error_code error, size_t n) {
    self->reading_ = false;
    if (self->phase_ == Phase::draining) return self->drain_and_close();
    // A head has the idle time in all: a byte now and then doesn't hold a connection for ever.
    if (self->phase_ != Phase::head) self->last_activity_ = std::chrono::steady_clock::now();
    if (self->phase_ == Phase::idle) self->enter(Phase::head);
    self->rate_bytes_ += n;
    if (error) {
      if (self->at_hand_.streamed) self->at_hand_.streamed->cut_off();
      return self->close();
    }
    self->buffer_.commit(n);
    self->parse();
  });
}

void Session::parse() {
  if (phase_ == Phase::draining || closed()) return;
  while (!parser_->is_done()) {
    if (buffer_.size() == 0) return at_hand_.streamed && at_hand_.streamed->must_pause() ? void() : read_more();
    error_code error;
    size_t used = parser_->put(buffer_.data(), error);
    buffer_.consume(used);
    if (parser_->is_header_done() && idle()) {
      on_head();
      if (!reads_body() || (stopping_ && !at_hand_.streamed)) return;
      parser_->eager(true);
    }
    size_t body_bytes = at_hand_.streamed ? 0 : parser_->request.body.size();
    if (body_bytes > at_hand_.body_bytes_max)
      return answer_and_close(front_.body_too_large(parser_->request, at_hand_.facts.get()));
    count_body(body_bytes);
    if (body_counted_ > 0 && *bodies_bytes_ > kBodiesBytesMax) return refuse_busy();
    if (error == http::error::need_more) {
      // What the parser leaves is the head of a chunk or trailers, which are bounded as heads are.
      if (!idle() && buffer_.size() > RequestParser::kHeaderBytesMax) return fail_parse(http::error::header_limit);
      if (at_hand_.streamed && at_hand_.streamed->must_pause()) return;
      return read_more();
    }
    if (error) return fail_parse(error);
  }
  on_request_complete();
}

void Session::on_head() {
  protocol::HttpRequest& request = parser_->request;
  keep_alive_ = parser_->keep_alive();
  at_hand_.is_head = request.method == "HEAD";
  rate_since_ = std::chrono::steady_clock::now();
  rate_bytes_ = 0;
  if (std::string wrong = framing_problem(request.headers, parser_->http_version); !wrong.empty())
    return refuse_head(std::move(wrong));
  at_hand_.is_connect = request.method == "CONNECT";
  request.peer = peer_;
  request.keep_alive = keep_alive_;
  request.client = protocol::Client(weak_from_this(), request_);
  if (equals_ignore_case(request.headers.get("upgrade"), "websocket")) {
    at_hand_.upgrade_head = std::make_unique<protocol::HttpRequest>();
    at_hand_.upgrade_head->target = request.target;
    at_hand_.upgrade_head->headers = request.headers;
  }
  plan();
}

void Session::plan() {
  protocol::HttpRequest& request = parser_->request;
  Front::BodyPlan plan = front_.plan(request, ends_);
  if (plan.wait) {
    enter(Phase::waiting);
    front_.when_open([weak = weak_from_this(), executor = socket_.get_executor()] {
      asio::post(executor, [weak] {
        auto self = weak.lock();
        if (!self || self->closed()) return;
        self->plan();
        if (!self->stopping_ && self->reads_body()) self->parse();
      });
    });
    return;
  }
  at_hand_.body_bytes_max = plan.bytes_max;
  at_hand_.facts = std::move(plan.facts);
  bool announced_too_large = parser_->content_length() && *parser_->content_length() > plan.bytes_max && !plan.stream;
  if (plan.refuse || announced_too_large) {
    // The body is left unread.
    return answer_and_close(plan.refuse ? std::move(*plan.refuse)
                                        : front_.body_too_large(request, at_hand_.facts.get()));
  }
  if (equals_ignore_case(request.headers.get("expect"), "100-continue")) {
    static const std::string kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    error_code error;
    if (socket_.write_some(asio::buffer(kContinue), error) != kContinue.size()) return close();  // it reads nothing
  }
  if (!plan.stream) return enter(Phase::body);
  at_hand_.streamed = std::make_shared<StreamedBody>([weak = weak_from_this(), executor = socket_.get_executor()] {
    asio::post(executor, [weak] {
      auto self = weak.lock();
      if (!self) return;
      self->rate_since_ = std::chrono::steady_clock::now();  // while the body waited for us it couldn't come
      self->rate_bytes_ = 0;
      self->parse();
    });
  });
  parser_->sink = at_hand_.streamed.get();
  protocol::HttpRequest handed = request;
  handed.stream = at_hand_.streamed;
  hand_to_front(std::move(handed));
}

void Session::on_request_complete() {
  if (at_hand_.streamed) {
    at_hand_.body_done = true;
    at_hand_.streamed->end();
    return;
  }
  if (phase_ == Phase::body) hand_to_front(std::move(parser_->request));
}

void Session::refuse_busy() {
  parser_->request.body = std::string();
  count_body(0);
  protocol::HttpReply reply;
  reply.status = 503;
  reply.headers.set("Content-Type", "text/plain");
  reply.body = "The server is busy.\n";
  answer_and_close(std::move(reply));
}

void Session::fail_parse(const error_code& error) {
  if (at_hand_.streamed) {
    at_hand_.streamed->cut_off();
    return close();
  }
  refuse_head(error == http::error::header_limit ? "The request's headers are too large."
                                                 : "The request isn't valid HTTP/1.1.");
}

void Session::refuse_head(std::string sentence) {
  protocol::HttpReply reply;
  reply.status = 400;
  reply.headers.set("Content-Type", "text/plain");
  reply.body = sentence + "\n";
  answer_and_close(std::move(reply));
}

void Session::answer_and_close(protocol::HttpReply reply) {
  keep_alive_ = false;
  enter(Phase::answering);
  respond(std::move(reply));
}

void Session::respond(protocol::HttpReply reply) {
  if (closed()) return;
  if (at_hand_.streamed && !at_hand_.body_done)
    keep_alive_ = false;  // answered before the body was read: it can't be skipped safely
  if (reply.close || stopping_) keep_alive_ = false;
  auto upgrade = reply.status == 101 ? std::dynamic_pointer_cast<protocol::Upgrade>(reply.stream) : nullptr;
  if (upgrade) return hand_over(std::move(upgrade), std::move(reply.headers));
  write_reply(std::move(reply));
}

void Session::hand_over(std::shared_ptr<protocol::Upgrade> upgrade, protocol::Headers headers) {
  enter(Phase::upgraded);
  if (!at_hand_.upgrade_head) at_hand_.upgrade_head = std::make_unique<protocol::HttpRequest>();
  const protocol::Headers& asked = at_hand_.upgrade_head->headers;
  Handshake handshake{at_hand_.upgrade_head->target, std::string(asked.get("host")),
                      std::string(asked.get("sec-websocket-key")), std::string(asked.get("sec-websocket-version")),
                      std::move(headers)};
  web_socket_ =
      std::make_shared<WebSocketConnection>(std::move(socket_), std::move(upgrade), [weak = weak_from_this()] {
        if (auto self = weak.lock()) self->close();
      });
  web_socket_->start(std::move(handshake));
  count_answered();
}

std::string Session::head_text(const protocol::HttpReply& reply, bool head_request) const {
  std::string out;
  out.reserve(512 + (reply.stream ? 0 : reply.body.size()));
  auto standard = http::obsolete_reason(static_cast<http::status>(reply.status));
  std::string_view reason =
      at_hand_.is_connect ? std::string_view(kNoTunnel) : std::string_view(standard.data(), standard.size());
  out.append("HTTP/1.1 ").append(fmt::format_int(reply.status).c_str()).append(" ").append(reason).append("\r\n");
  bool length_given = false;
  for (const auto& [name, value] : reply.headers) {
    if (!is_field_name(name) || equals_ignore_case(name, "transfer-encoding")) continue;
    if (equals_ignore_case(name, "content-length")) {
      if (!head_request) continue;  // only an answer to HEAD says the length of a body it doesn't carry
      length_given = true;
    }
    out.append(name).append(": ");
    append_one_line(out, value);
    out.append("\r\n");
  }
  out.append("Date: ").append(front_.date()).append("\r\n");
  if (!keep_alive_) out.append("Connection: close\r\n");
  bool bodyless = reply.status == 204 || reply.status == 304 || reply.status < 200;
  if (reply.stream && !reply.stream->length()) {
    out.append("Transfer-Encoding: chunked\r\n");
  } else if (!length_given && !(bodyless && reply.body.empty())) {
    const uint64_t length = reply.stream ? *reply.stream->length() : reply.body.size();
    out.append("Content-Length: ").append(fmt::format_int(length).c_str()).append("\r\n");
  }
  out.append("\r\n");
  return out;
}

template <typename Written>
void Session::write_out(Written written) {
  writing_ = true;
  last_activity_ = std::chrono::steady_clock::now();
  // Each piece that the client takes counts: a slow reader is let be, one that reads nothing is ended by check_idle().
  auto more = [this](error_code error, size_t bytes) {
    if (bytes > 0) last_activity_ = std::chrono::steady_clock::now();
    return error ? size_t{0} : kWriteBytes;
  };
  asio::async_write(socket_, asio::buffer(out_), more, std::move(written));
}

void Session::write_reply(protocol::HttpReply reply) {
  out_ = head_text(reply, at_hand_.is_head);
  at_hand_.chunked_reply = reply.stream && !reply.stream->length();
  at_hand_.streams = reply.stream != nullptr;
  if (!reply.stream && !at_hand_.is_head) out_.append(reply.body);
  auto source = at_hand_.is_head ? nullptr : reply.stream;
  write_out([self = shared_from_this(), source](error_code error, size_t) {
    self->writing_ = false;
    if (error) return self->close();
    if (source)
      self->write_streamed(source);
    else
      self->on_reply_written();
  });
}

void Session::write_streamed(std::shared_ptr<protocol::BodySource> source) {
  auto deliver = [self = shared_from_this(), source](protocol::BodySource::Piece piece) {
    asio::post(self->socket_.get_executor(),
               [self, source, piece = std::move(piece)]() mutable { self->write_piece(source, std::move(piece)); });
  };
  if (!source->blocks()) return source->next(std::move(deliver));
  auto read = [source, deliver] {
    if (!guarded("an answer's body", [&] { source->next(deliver); })) deliver({.failed = true});
  };
  if (!front_.run_blocking(read)) close();
}

void Session::write_piece(std::shared_ptr<protocol::BodySource> source, protocol::BodySource::Piece piece) {
  if (piece.failed || closed()) return close();
  if (at_hand_.chunked_reply) {
    out_.clear();
    if (!piece.bytes.empty()) out_ = fmt::format("{:x}\r\n", piece.bytes.size()) + piece.bytes + "\r\n";
    if (piece.last) out_ += "0\r\n\r\n";
  } else {
    out_ = std::move(piece.bytes);
  }
  bool last = piece.last;
  write_out([self = shared_from_this(), source, last](error_code error, size_t) {
    self->writing_ = false;
    if (error) return self->close();
    if (last)
      self->on_reply_written();
    else
      self->write_streamed(source);
  });
}

void Session::on_reply_written() {
  if (closed()) return;
  when_gone_.clear();
  last_activity_ = std::chrono::steady_clock::now();
  at_hand_.streams = false;
  out_.clear();
  if (out_.capacity() > kReadBytes) out_.shrink_to_fit();
  count_answered();
  if (!keep_alive_) {
    // The client may still be sending a body that is refused: end our side first, so that it reads the answer.
    error_code ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    enter(Phase::draining);
    drain_reads_left_ = kDrainReadsMax;
    return drain_and_close();
  }
  next_request();
}

/// One read after the other until the client ends, is silent or has sent enough. A read that was under way when the
/// request was answered is waited for: it writes into buffer_.
void Session::drain_and_close() {
  if (reading_ || closed()) return;
  if (--drain_reads_left_ <= 0) return close();
  buffer_.clear();
  reading_ = true;
  socket_.async_read_some(buffer_.prepare(kReadBytes), [self = shared_from_this()](error_code error, size_t) {
    self->reading_ = false;
    if (error) return self->close();
    self->last_activity_ = std::chrono::steady_clock::now();
    self->drain_and_close();
  });
}

void Session::check_idle(std::chrono::steady_clock::time_point now) {
  const bool ours = phase_ == Phase::waiting || phase_ == Phase::answering || phase_ == Phase::upgraded;
  const bool waits_for_us = ours && !writing_ && !reads_body();
  bool too_slow = trickles(now);
  if (!too_slow && (waits_for_us || now - last_activity_ < kIdleMax)) return;
  if (at_hand_.streamed) at_hand_.streamed->cut_off();
  close();
}

bool Session::trickles(std::chrono::steady_clock::time_point now) {
  // While we don't read, because the disk is slower, it isn't the client's doing.
  const bool waits_for_body = reading_ && reads_body();
  if (waits_for_body && now - rate_since_ < kRateWindow) return false;
  auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - rate_since_).count();
  bool slow = waits_for_body && rate_bytes_ < kBodyRateMin * static_cast<uint64_t>(seconds);
  rate_since_ = now;
  rate_bytes_ = 0;
  return slow;
}

void Session::close() {
  if (closed()) return;
  enter(Phase::closed);
  count_answered();
  if (at_hand_.streamed) at_hand_.streamed->cut_off();
  client_went();
  error_code ignored;
  socket_.close(ignored);
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    self->web_socket_.reset();
    self->on_closed_(self.get());
  });
}

}  // namespace millrace::server
