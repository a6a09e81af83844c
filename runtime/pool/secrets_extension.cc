#include "runtime/pool/secrets_extension.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <list>
#include <map>
#include <optional>

#include "emulator/base/encoding.h"
#include "emulator/base/json.h"
#include "emulator/base/mutex.h"
#include "runtime/pool/secrets_cache.h"
#include "runtime/pool/secrets_questions.h"

namespace millrace::pool {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using Socket = asio::basic_stream_socket<tcp, asio::io_context::executor_type>;
using Acceptor = asio::basic_socket_acceptor<tcp, asio::io_context::executor_type>;
using boost::system::error_code;

namespace {

constexpr size_t kConnectionsMax = 64;      // of all environments; then the oldest goes
constexpr uint64_t kBodyBytesMax = 64'000;  // there is nothing in a body that matters

using Parser = http::request_parser<http::string_body>;

struct Answer {
  int status = 200;
  std::string body;
};

const char* reason_of(int status) {
  switch (status) {
    case 200: return "OK";
    case 401: return "Unauthorized";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    default: return status < 500 ? "Bad Request" : "Internal Server Error";
  }
}

/// One execution environment.
struct Served {
  std::string region;
  ports::Credentials credentials;
  SecretsCache cache;
  bool ready = false;
};

}  // namespace

class Visitor;

struct SecretsExtension::State : std::enable_shared_from_this<SecretsExtension::State> {
  State(asio::io_context& context, const Clock& its_clock, ports::ServiceCaller* caller)
      : clock(its_clock), services(caller), io(&context) {}

  uint16_t listen(uint16_t wanted);
  bool bind(Acceptor& acceptor, const asio::ip::address& address, uint16_t port);
  void accept(const std::shared_ptr<Acceptor>& acceptor);
  void handle(const Parser& parser, const std::shared_ptr<Visitor>& visitor);
  void ask(const std::string& token, Question question, const std::shared_ptr<Visitor>& visitor);
  void take(const std::string& token, const Question& question, const ports::ServiceAnswer& answer, Visitor& visitor);
  void close();

  const Clock& clock;
  ports::ServiceCaller* const services;
  std::map<std::string, Served> served;        // by session token
  std::map<uint16_t, uint16_t> ports_by_wish;  // what was wanted, and what could be had
  std::list<std::shared_ptr<Acceptor>> acceptors;
  std::list<std::shared_ptr<Visitor>> visitors;  // oldest first

  Mutex gate;  // answers come on other threads, also when all this has ended
  asio::io_context* io GUARDED_BY(gate);
};

/// A handler's connection.
class Visitor : public std::enable_shared_from_this<Visitor> {
 public:
  Visitor(Socket socket, std::weak_ptr<SecretsExtension::State> state)
      : socket_(std::move(socket)), state_(std::move(state)) {}

  void read() {
    parser_.emplace();
    parser_->body_limit(kBodyBytesMax);
    http::async_read(socket_, buffer_, *parser_, [self = shared_from_this()](error_code error, size_t) {
      auto state = self->state_.lock();
      if (error || !state) return self->close();
      state->handle(*self->parser_, self);
    });
  }

  void send(const Answer& answer) {
    const char* type = answer.body.starts_with('{') ? "application/json" : "text/plain; charset=utf-8";
    out_ = "HTTP/1.1 " + std::to_string(answer.status) + " " + reason_of(answer.status) + "\r\nContent-Type: " + type +
           "\r\nContent-Length: " + std::to_string(answer.body.size()) + "\r\n\r\n" + answer.body;
    asio::async_write(socket_, asio::buffer(out_), [self = shared_from_this()](error_code error, size_t) {
      if (error || !self->parser_->get().keep_alive()) return self->close();
      self->read();
    });
  }

  void close() {
    error_code ignored;
    socket_.close(ignored);
    if (auto state = state_.lock()) state->visitors.remove(shared_from_this());
  }

 private:
  Socket socket_;
  std::weak_ptr<SecretsExtension::State> state_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::string out_;
};

bool SecretsExtension::State::bind(Acceptor& acceptor, const asio::ip::address& address, uint16_t port) {
  error_code error;
  const tcp::endpoint endpoint(address, port);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(Acceptor::reuse_address(true), error);
  if (!error && address.is_v6()) acceptor.set_option(asio::ip::v6_only(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(16, error);
  return !error;
}

/// The port at which those are served who want this one: it, or if somebody else has it any other; 0 if there is none.
uint16_t SecretsExtension::State::listen(uint16_t wanted) {
  if (auto known = ports_by_wish.find(wanted); known != ports_by_wish.end()) return known->second;
  asio::io_context* context = nullptr;
  {
    MutexLock lock(gate);
    context = io;
  }
  if (!context) return 0;
  for (const uint16_t port : {wanted, uint16_t{0}}) {
    auto acceptor = std::make_shared<Acceptor>(context->get_executor());
    if (!bind(*acceptor, asio::ip::address_v4::loopback(), port)) continue;
    error_code error;
    const uint16_t had = acceptor->local_endpoint(error).port();
    acceptors.push_back(acceptor);
    accept(acceptor);
    // "localhost" may mean this one first; it does no harm where there is no IPv6.
    auto second = std::make_shared<Acceptor>(context->get_executor());
    if (bind(*second, asio::ip::address_v6::loopback(), had)) {
      acceptors.push_back(second);
      accept(second);
    }
    return ports_by_wish[wanted] = had;
  }
  return 0;
}

void SecretsExtension::State::accept(const std::shared_ptr<Acceptor>& acceptor) {
  acceptor->async_accept([weak = weak_from_this(), acceptor](error_code error, Socket socket) {
    auto self = weak.lock();
    if (!self || (error && error != asio::error::connection_aborted)) return;
    if (!error) {
      auto visitor = std::make_shared<Visitor>(std::move(socket), weak);
      if (self->visitors.size() >= kConnectionsMax) std::shared_ptr(self->visitors.front())->close();
      self->visitors.push_back(visitor);
      visitor->read();
    }
    self->accept(acceptor);
  });
}

void SecretsExtension::State::handle(const Parser& parser, const std::shared_ptr<Visitor>& visitor) {
  const auto& request = parser.get();
  auto header = [&](const char* name) {
    auto value = request[name];
    return std::string(value.data(), value.size());
  };
  // unverified: the texts of these refusals but the last.
  auto found = served.find(header("X-Aws-Parameters-Secrets-Token"));
  if (found == served.end()) return visitor->send({401, "invalid or missing token"});
  if (request.method() != http::verb::get) return visitor->send({405, "method not allowed"});
  if (!found->second.ready) return visitor->send({400, "not ready to serve traffic, please wait"});
  auto question = read_question(std::string_view(request.target().data(), request.target().size()));
  if (!question.refusal.empty()) return visitor->send({question.status, question.refusal});
  if (auto known = found->second.cache.find(question.key, clock.now_ms())) return visitor->send({200, *known});
  if (!services) return visitor->send({500, "there is nobody to ask"});
  ask(found->first, std::move(question), visitor);
}

void SecretsExtension::State::ask(const std::string& token, Question question,
                                  const std::shared_ptr<Visitor>& visitor) {
  const Served& environment = served.at(token);
  ports::ServiceCall call;
  call.session = environment.credentials;
  call.region = environment.region;
  call.service = question.kind == SecretsCache::Kind::parameter ? "ssm" : "secretsmanager";
  call.headers = {{"Content-Type", "application/x-amz-json-1.1"},
                  {"X-Amz-Target", question.kind == SecretsCache::Kind::parameter ? "AmazonSSM.GetParameter"
                                                                                  : "secretsmanager.GetSecretValue"}};
  call.body = to_text(question.input);
  services->call(std::move(call), [weak = weak_from_this(), token, question,
                                   asker = std::weak_ptr(visitor)](ports::ServiceAnswer answer) {
    auto self = weak.lock();
    if (!self) return;
    MutexLock lock(self->gate);
    if (!self->io) return;
    asio::post(*self->io, [weak, token, question, asker, answer = std::move(answer)] {
      auto state = weak.lock();
      auto waiting = asker.lock();
      if (state && waiting) state->take(token, question, answer, *waiting);
    });
  });
}

void SecretsExtension::State::take(const std::string& token, const Question& question,
                                   const ports::ServiceAnswer& answer, Visitor& visitor) {
  if (answer.status != ports::ServiceAnswer::Status::answered) return visitor.send({400, answer.body});
  if (answer.http_status != 200) return visitor.send({answer.http_status, refusal_text(answer.body)});
  const std::string shown = shown_answer(question.kind, answer.body);
  // The environment may have ended meanwhile.
  if (auto found = served.find(token); found != served.end())
    found->second.cache.put(question.kind, question.key, shown, clock.now_ms());
  visitor.send({200, shown});
}

void SecretsExtension::State::close() {
  {
    MutexLock lock(gate);
    io = nullptr;
  }
  // Nothing of the io_context's is left to whoever holds this a moment longer.
  error_code ignored;
  for (const auto& acceptor : acceptors) acceptor->close(ignored);
  acceptors.clear();
  for (const auto& visitor : std::exchange(visitors, {})) visitor->close();
  served.clear();
}

SecretsExtension::SecretsExtension(asio::io_context& io, const Clock& clock, ports::ServiceCaller* services)
    : state_(std::make_shared<State>(io, clock, services)) {}

SecretsExtension::~SecretsExtension() {
  state_->close();
}

uint16_t SecretsExtension::add(const ports::FunctionVersion& function, const ports::Credentials& credentials) {
  if (credentials.session_token.empty()) return 0;
  const uint16_t port = state_->listen(wanted_port(function.environment));
  state_->served.erase(credentials.session_token);
  state_->served.emplace(credentials.session_token,
                         Served{function.region, credentials, SecretsCache(function.environment)});
  return port;
}

void SecretsExtension::ready(const std::string& session_token) {
  if (auto found = state_->served.find(session_token); found != state_->served.end()) found->second.ready = true;
}

void SecretsExtension::remove(const std::string& session_token) {
  state_->served.erase(session_token);
}

}  // namespace millrace::pool
