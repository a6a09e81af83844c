#include "runtime/pool/runtime_api.h"

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <limits>
#include <optional>
#include <set>

#include "emulator/base/encoding.h"
#include "emulator/ports/payload_limits.h"
#include "runtime/pool/peer.h"
#include "runtime/pool/runtime_answers.h"

namespace millrace::pool {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using Socket = asio::basic_stream_socket<tcp, asio::io_context::executor_type>;
using Acceptor = asio::basic_socket_acceptor<tcp, asio::io_context::executor_type>;
using boost::system::error_code;

namespace {

constexpr std::string_view kBase = "/2018-06-01/runtime/";
constexpr std::string_view kInvocationBase = "/2018-06-01/runtime/invocation/";
constexpr std::string_view kResponseEnd = "/response";
constexpr std::string_view kExtensionBase = "/2020-01-01/extension/";
// A body larger than this that is no response isn't read: the connection is closed. A response may have any size; what is
// beyond Lambda's limit isn't kept.
constexpr size_t kBodyBytesMax = 64 * 1024 * 1024;
// A process has a connection or two; more than this are refused.
constexpr size_t kConnectionsMax = 32;
constexpr auto kDrainPatience = std::chrono::seconds(1);

using Parser = http::request_parser<http::string_body>;

}  // namespace

class Session;

struct RuntimeApi::State : std::enable_shared_from_this<RuntimeApi::State> {
  State(asio::io_context& io, RuntimeApiEvents handlers, std::shared_ptr<Extensions> registry)
      : acceptor(io.get_executor()),
        patience(io),
        events(std::move(handlers)),
        extensions(std::move(registry)),
        context(io) {}

  void listen();
  void accept();
  void add(Socket socket);
  void remove(Session* session);
  void answer_next();
  std::optional<bool> is_own(const Socket& socket) const;
  void peers_known();
  std::optional<RuntimeAnswer> refusal(const Parser& parser) const;
  std::optional<RuntimeAnswer> handle(Parser& parser, Session* session);
  std::optional<RuntimeAnswer> handle_extension(Parser& parser, std::string_view action, Session* session);
  void check_drained();
  void close();

  Acceptor acceptor;
  asio::steady_timer patience;
  RuntimeApiEvents events;
  std::shared_ptr<Extensions> extensions;
  asio::io_context& context;
  std::string address;
  std::set<std::shared_ptr<Session>> sessions;
  std::vector<std::weak_ptr<Session>> unknown;  // their requests wait until the processes are known
  Session* waiting = nullptr;                   // the session whose GET next is open
  std::optional<WorkItem> item;
  std::function<void()> drained;
  bool closed = false;
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Socket socket, std::shared_ptr<RuntimeApi::State> api) : socket_(std::move(socket)), api_(api) {}

  void read() {
    parser_.emplace();
    parser_->body_limit(boost::none);  // what is too large is answered, not cut off
    dropping_ = false;
    http::async_read_header(socket_, buffer_, *parser_, [self = shared_from_this()](error_code error, size_t) {
      if (error)
        self->end();
      else
        self->begin();
    });
  }

  /// A request's head has come. Nothing of a stranger's is read further.
  void begin() {
    auto api = api_.lock();
    if (api == nullptr || api->closed) return;
    if (!admitted_) {
      auto own = api->is_own(socket_);
      if (!own) return api->unknown.push_back(weak_from_this());
      if (!*own) return end();
      admitted_ = true;
    }
    if (!find_response()) {
      if (parser_->content_length().value_or(0) > kBodyBytesMax) return end();
      parser_->body_limit(kBodyBytesMax);
    }
    if (is_streamed_response())
      read_streamed();
    else
      read_whole();
  }

  void send(RuntimeAnswer answer) {
    out_ = head_of(answer);
    out_body_ = std::move(answer.body);
    const std::array<asio::const_buffer, 2> parts{asio::buffer(out_), asio::buffer(out_body_)};
    // As much as the socket takes at once: a batch of records is megabytes, and 64 KiB is what a write takes by itself.
    auto all = [](error_code error, size_t) { return error ? size_t{0} : std::numeric_limits<size_t>::max(); };
    asio::async_write(socket_, parts, all, [self = shared_from_this()](error_code error, size_t) {
      if (error)
        self->end();
      else
        self->read();
    });
  }

  void close() {
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  void read_whole() {
    auto api = api_.lock();
    if (api == nullptr || api->closed) return;
    if (!response_id_.empty() && !dropping_ && is_too_large()) {
      if (api->refusal(*parser_)) return end();
      dropping_ = true;
      api->events.response_too_large(response_id_);
    }
    if (dropping_) parser_->get().body().clear();
    if (parser_->is_done()) return dropping_ ? send(too_large_answer()) : handle();
    http::async_read_some(socket_, buffer_, *parser_, [self = shared_from_this()](error_code error, size_t) {
      if (error)
        self->end();
      else
        self->read_whole();
    });
  }

  /// Known from the length that the head says, or from what has come.
  bool is_too_large() {
    return parser_->content_length().value_or(0) > ports::kResponsePayloadMax ||
           parser_->get().body().size() > ports::kResponsePayloadMax;
  }

  /// Whether the request is an invocation's response; response_id_ is then whose.
  bool find_response() {
    auto& request = parser_->get();
    std::string_view target(request.target().data(), request.target().size());
    response_id_.clear();
    if (request.method() != http::verb::post || !target.starts_with(kInvocationBase) ||
        !target.ends_with(kResponseEnd) || target.size() <= kInvocationBase.size() + kResponseEnd.size())
      return false;
    target.remove_prefix(kInvocationBase.size());
    target.remove_suffix(kResponseEnd.size());
    response_id_ = target;
    return true;
  }

  bool is_streamed_response() {
    return !response_id_.empty() &&
           boost::beast::iequals(parser_->get()["Lambda-Runtime-Function-Response-Mode"], "streaming");
  }

  void read_streamed() {
    auto api = api_.lock();
    if (api == nullptr || api->closed) return;
    if (auto refused = api->refusal(*parser_)) {
      end();
      return;
    }
    parser_->body_limit(kStreamedBytesMax);
    parser_->eager(false);  // one chunk at a time: an eager parser would wait for the next before it shows this one
    read_piece();
  }

  // One piece after the other: the next is read when the last one was taken.
  void read_piece() {
    auto api = api_.lock();
    if (api == nullptr || api->closed) return;
    std::string piece = std::exchange(parser_->get().body(), {});
    if (!piece.empty()) {
      auto type = parser_->get()[http::field::content_type];
      api->events.piece(response_id_, std::string(type.data(), type.size()), std::move(piece),
                        [weak = weak_from_this(), api = api_] {
                          auto owner = api.lock();  // the io_context outlives it
                          if (owner == nullptr) return;
                          asio::post(owner->context, [weak] {
                            if (auto self = weak.lock()) self->read_piece();
                          });
                        });
      return;
    }
    if (parser_->is_done()) return end_streamed();
    http::async_read_some(socket_, buffer_, *parser_, [self = shared_from_this()](error_code error, size_t) {
      if (error == http::error::body_limit) self->stream_too_large();
      if (error)
        self->end();
      else
        self->read_piece();
    });
  }

  void stream_too_large() {
    if (auto api = api_.lock()) api->events.response_too_large(response_id_);
  }

  // An error in the middle of a stream comes in trailers, its document in base64.
  void end_streamed() {
    auto api = api_.lock();
    if (api == nullptr || api->closed) return;
    auto type = parser_->get()["Lambda-Runtime-Function-Error-Type"];
    auto document = parser_->get()["Lambda-Runtime-Function-Error-Body"];
    if (type.empty())
      api->events.response(response_id_, "");
    else
      api->events.error(response_id_, std::string(type.data(), type.size()),
                        from_base64(std::string_view(document.data(), document.size())).value_or("{}"));
    send(RuntimeAnswer{});
  }

  void handle() {
    auto api = api_.lock();
    if (api == nullptr || api->closed) return;
    std::optional<RuntimeAnswer> answer = api->handle(*parser_, this);
    if (answer)
      send(std::move(*answer));
    else
      watch();
  }

  // While its GET next is open the client sends nothing; data or the end of the connection means it has gone.
  void watch() {
    socket_.async_wait(Socket::wait_read, [self = shared_from_this()](error_code error) {
      auto api = self->api_.lock();
      if (error || api == nullptr || api->waiting != self.get()) return;
      char byte;
      error_code state;
      self->socket_.non_blocking(true, state);
      size_t got = self->socket_.receive(asio::buffer(&byte, 1), Socket::message_peek, state);
      if (state != asio::error::would_block && got == 0) self->end();
    });
  }

  void end() {
    close();
    if (auto api = api_.lock()) api->remove(this);
  }

  Socket socket_;
  std::weak_ptr<RuntimeApi::State> api_;
  bool admitted_ = false;  // the client is one of the environment's processes
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::string response_id_;  // the request whose response is being read; else empty
  bool dropping_ = false;    // what still comes of a response that is too large
  std::string out_, out_body_;
};

void RuntimeApi::State::listen() {
  error_code error;
  tcp::endpoint any(asio::ip::address_v4::loopback(), 0);
  acceptor.open(any.protocol(), error);
  if (!error) acceptor.bind(any, error);
  if (!error) acceptor.listen(16, error);
  if (!error) acceptor.non_blocking(true, error);
  if (error) return;
  address = "127.0.0.1:" + std::to_string(acceptor.local_endpoint(error).port());
  accept();
}

void RuntimeApi::State::accept() {
  acceptor.async_accept([self = shared_from_this()](error_code error, Socket socket) {
    if (self->closed || (error && error != asio::error::connection_aborted)) return;
    if (!error) self->add(std::move(socket));
    self->accept();
  });
}

void RuntimeApi::State::add(Socket socket) {
  if (sessions.size() >= kConnectionsMax) return;
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  auto session = std::make_shared<Session>(std::move(socket), shared_from_this());
  sessions.insert(session);
  session->read();
}

void RuntimeApi::State::remove(Session* session) {
  if (waiting == session) waiting = nullptr;
  std::erase_if(sessions, [&](const auto& s) { return s.get() == session; });
  check_drained();
}

void RuntimeApi::State::answer_next() {
  if (!item || waiting == nullptr) return;
  RuntimeAnswer answer{200, "", std::move(item->payload)};
  auto add_header = [&](const char* name, const std::string& value) {
    if (!value.empty() && value.find_first_of("\r\n") == std::string::npos)
      answer.headers.append(name).append(": ").append(value).append("\r\n");
  };
  add_header("Lambda-Runtime-Aws-Request-Id", item->request_id);
  add_header("Lambda-Runtime-Deadline-Ms", std::to_string(item->deadline_ms));
  add_header("Lambda-Runtime-Invoked-Function-Arn", item->function_arn);
  add_header("Lambda-Runtime-Trace-Id", item->trace_id);
  add_header("Lambda-Runtime-Client-Context", item->client_context);
  add_header("Lambda-Runtime-Aws-Tenant-Id", item->tenant_id);
  item.reset();
  Session* session = waiting;
  waiting = nullptr;
  session->send(std::move(answer));
}

std::optional<bool> RuntimeApi::State::is_own(const Socket& socket) const {
  if (!events.is_own) return true;
  error_code error;
  tcp::endpoint client = socket.remote_endpoint(error), ours = socket.local_endpoint(error);
  auto peer = peer_socket(client, ours);
  return peer ? events.is_own(peer->inode) : false;
}

void RuntimeApi::State::peers_known() {
  for (const auto& one : std::exchange(unknown, {})) {
    if (auto session = one.lock()) session->begin();
  }
}

// A web page in the developer's browser can reach this port too, but neither without these nor with our Host.
std::optional<RuntimeAnswer> RuntimeApi::State::refusal(const Parser& parser) const {
  auto& request = parser.get();
  auto host = request[http::field::host];
  if (request.count(http::field::origin) > 0 || request.count("Sec-Fetch-Mode") > 0 ||
      std::string_view(host.data(), host.size()) != address)
    return error_answer(403, "Forbidden", "The Runtime API is for the function's own process.");
  return std::nullopt;
}

// The answer, or nothing where it comes later (GET next).
std::optional<RuntimeAnswer> RuntimeApi::State::handle(Parser& parser, Session* session) {
  if (auto refused = refusal(parser)) return refused;
  auto& request = parser.get();
  std::string_view target(request.target().data(), request.target().size());
  if (target.starts_with(kExtensionBase))
    return handle_extension(parser, target.substr(kExtensionBase.size()), session);
  // The same answer as that of Lambda where these aren't offered: extensions go on without.
  if (target == "/2022-07-01/telemetry")
    return error_answer(202, "Telemetry.NotSupported", "Telemetry API is not supported");
  if (target == "/2020-08-15/logs") return error_answer(202, "Logs.NotSupported", "Logs API is not supported");
  if (!target.starts_with(kBase)) return error_answer(404, "NotFound", "No such path in the Runtime API.");
  target.remove_prefix(kBase.size());
  bool is_post = request.method() == http::verb::post;
  auto type_field = request["Lambda-Runtime-Function-Error-Type"];
  std::string type(type_field.data(), type_field.size());

  if (!is_post && target == "invocation/next") {
    waiting = session;
    events.next();
    if (waiting == session) answer_next();
    return std::nullopt;
  }
  if (is_post && target == "init/error") {
    events.init_error(type, std::move(request.body()));
    return RuntimeAnswer{};
  }
  constexpr std::string_view kInvocation = "invocation/";
  size_t slash = target.rfind('/');
  if (is_post && target.starts_with(kInvocation) && slash > kInvocation.size()) {
    std::string id(target.substr(kInvocation.size(), slash - kInvocation.size()));
    std::string_view action = target.substr(slash + 1);
    if (action == "response") {
      events.response(id, std::move(request.body()));
      return RuntimeAnswer{};
    }
    if (action == "error") {
      events.error(id, type, std::move(request.body()));
      return RuntimeAnswer{};
    }
  }
  return error_answer(404, "NotFound", "No such path in the Runtime API.");
}

std::optional<RuntimeAnswer> RuntimeApi::State::handle_extension(Parser& parser, std::string_view action,
                                                                 Session* session) {
  if (extensions == nullptr) return error_answer(404, "NotFound", "There are no extensions.");
  auto& request = parser.get();
  auto text = [&](const char* name) {
    auto value = request[name];
    return std::string(value.data(), value.size());
  };
  Extensions::Request asked{request.method() == http::verb::post,
                            std::string(action),
                            text("Lambda-Extension-Name"),
                            text("Lambda-Extension-Identifier"),
                            text("Lambda-Extension-Function-Error-Type"),
                            std::move(request.body())};
  auto later = [weak = session->weak_from_this()](Extensions::Reply reply) {
    if (auto waiting = weak.lock()) waiting->send({reply.status, std::move(reply.headers), std::move(reply.body)});
  };
  auto reply = extensions->handle(asked, std::move(later));
  if (!reply) return std::nullopt;
  return RuntimeAnswer{reply->status, std::move(reply->headers), std::move(reply->body)};
}

void RuntimeApi::State::check_drained() {
  if (!drained || !sessions.empty()) return;
  patience.cancel();
  asio::post(context, std::exchange(drained, nullptr));
}

void RuntimeApi::State::close() {
  closed = true;
  error_code ignored;
  acceptor.close(ignored);
  patience.cancel();
  for (const auto& session : sessions) session->close();
  sessions.clear();
  waiting = nullptr;
  drained = nullptr;
}

RuntimeApi::RuntimeApi(asio::io_context& io, RuntimeApiEvents events, std::shared_ptr<Extensions> extensions)
    : state_(std::make_shared<State>(io, std::move(events), std::move(extensions))) {
  state_->listen();
}

RuntimeApi::~RuntimeApi() {
  state_->close();
}

const std::string& RuntimeApi::address() const {
  return state_->address;
}

void RuntimeApi::peers_known() {
  state_->peers_known();
}

void RuntimeApi::deliver(WorkItem item) {
  state_->item = std::move(item);
  state_->answer_next();
}

void RuntimeApi::when_drained(std::function<void()> done) {
  error_code error;
  for (;;) {  // connections that were made but not yet accepted
    Socket socket(state_->acceptor.get_executor());
    state_->acceptor.accept(socket, error);
    if (error) break;
    state_->add(std::move(socket));
  }
  state_->drained = std::move(done);
  state_->patience.expires_after(kDrainPatience);  // a connection that something else keeps open
  state_->patience.async_wait([state = state_](error_code cancelled) {
    if (cancelled || !state->drained) return;
    std::exchange(state->drained, nullptr)();
  });
  state_->check_drained();
}

}  // namespace millrace::pool
