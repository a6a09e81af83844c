#include "emulator/server/http_caller.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <mutex>
#include <optional>
#include <thread>

#include "emulator/base/encoding.h"
#include "emulator/base/guard.h"

namespace millrace::server {

using ports::HttpAnswer;
using ports::HttpCall;

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

constexpr uint64_t kAnswerMax = 10u << 20;  // API Gateway's quota for a payload
constexpr size_t kCallsMax = 256;           // at once; more are refused

struct Target {
  bool secure = false;
  std::string host, port, path, authority;
};

std::optional<Target> parse_url(const std::string& url) {
  Target out;
  std::string_view rest = url;
  if (rest.starts_with("https://")) {
    out.secure = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    return std::nullopt;
  }
  const size_t slash = std::min(rest.find_first_of("/?"), rest.size());
  out.authority = rest.substr(0, slash);
  out.path = rest.substr(slash);
  if (!out.path.starts_with('/')) out.path = "/" + out.path;
  const size_t colon = out.authority.rfind(':');
  const bool has_port = colon != std::string::npos && out.authority.find(']', colon) == std::string::npos;
  out.host = out.authority.substr(0, has_port ? colon : std::string::npos);
  out.port = has_port ? out.authority.substr(colon + 1) : out.secure ? "443" : "80";
  if (out.host.starts_with('[') && out.host.ends_with(']')) out.host = out.host.substr(1, out.host.size() - 2);
  if (out.host.empty() || out.path.find_first_of(" \r\n") != std::string::npos) return std::nullopt;
  return out;
}

/// One call from its name's resolution to its answer. All on the one thread.
class Outgoing : public std::enable_shared_from_this<Outgoing> {
 public:
  Outgoing(asio::io_context& io, asio::ssl::context& tls, HttpCall call, Target target,
           std::function<void(HttpAnswer)> done)
      : resolver_(io), stream_(io, tls), call_(std::move(call)), target_(std::move(target)), done_(std::move(done)) {
    parser_.body_limit(kAnswerMax);
    parser_.skip(call_.method == "HEAD");
  }

  void start() {
    request_.method_string(call_.method);
    request_.target(target_.path);
    request_.version(11);
    request_.set(http::field::host, target_.authority);
    for (const auto& [name, value] : call_.headers) {
      // Where the request ends is said by us alone.
      if (equals_ignore_case(name, "content-length") || equals_ignore_case(name, "transfer-encoding")) continue;
      if (!name.empty() && name.find_first_of("\r\n: ") == std::string::npos &&
          value.find_first_of("\r\n") == std::string::npos)
        request_.insert(name, value);
    }
    request_.body() = std::move(call_.body);
    if (!request_.body().empty() || call_.method == "POST" || call_.method == "PUT" || call_.method == "PATCH")
      request_.prepare_payload();
    request_.set(http::field::connection, "close");
    beast::get_lowest_layer(stream_).expires_after(std::chrono::milliseconds(call_.timeout_ms));
    resolver_.async_resolve(
        target_.host, target_.port,
        [self = shared_from_this()](error_code error, asio::ip::tcp::resolver::results_type found) {
          if (error) return self->fail("Invalid endpoint address: " + error.message());
          beast::get_lowest_layer(self->stream_).async_connect(found, [self](error_code failed, const auto&) {
            if (failed) return self->fail(failed.message());
            self->connected();
          });
        });
  }

 private:
  void connected() {
    if (!target_.secure) return write(beast::get_lowest_layer(stream_));
    SSL_set_tlsext_host_name(stream_.native_handle(), target_.host.c_str());
    stream_.async_handshake(asio::ssl::stream_base::client, [self = shared_from_this()](error_code error) {
      if (error) return self->fail("General SSLEngine problem: " + error.message());
      self->write(self->stream_);
    });
  }

  template <class Stream>
  void write(Stream& stream) {
    http::async_write(stream, request_, [self = shared_from_this(), &stream](error_code error, size_t) {
      if (error) return self->fail(error.message());
      http::async_read(stream, self->buffer_, self->parser_, [self](error_code failed, size_t) {
        if (failed) return self->fail(failed.message());
        self->finish();
      });
    });
  }

  void finish() {
    HttpAnswer answer;
    auto& response = parser_.get();
    answer.status = static_cast<int>(response.result_int());
    for (const auto& field : response) answer.headers.emplace_back(field.name_string(), field.value());
    answer.body = std::move(response.body());
    give(std::move(answer));
  }
  void fail(const std::string& why) { give({0, {}, why}); }
  void give(HttpAnswer answer) {
    if (auto done = std::exchange(done_, nullptr)) guarded("an HTTP call's answer", [&] { done(std::move(answer)); });
  }

  asio::ip::tcp::resolver resolver_;
  beast::ssl_stream<beast::tcp_stream> stream_;
  HttpCall call_;
  Target target_;
  http::request<http::string_body> request_;
  beast::flat_buffer buffer_;
  http::response_parser<http::string_body> parser_;
  std::function<void(HttpAnswer)> done_;
};

}  // namespace

struct HttpCalls::State {
  asio::io_context io{1};
  std::optional<asio::ssl::context> tls;  // from the first call on: making it is a tenth of a start
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  std::atomic<size_t> calls = 0;
  std::once_flag started;
  std::thread thread;  // from the first call on

  void start() {
    std::call_once(started, [this] {
      error_code ignored;
      tls.emplace(asio::ssl::context::tls_client);
      tls->set_default_verify_paths(ignored);
      tls->set_verify_mode(asio::ssl::verify_peer);
      thread = std::thread([this] { io.run(); });
    });
  }
};

HttpCalls::HttpCalls() : state_(std::make_unique<State>()) {}

HttpCalls::~HttpCalls() {
  stop();
}

void HttpCalls::stop() {
  state_->io.stop();
  if (state_->thread.joinable()) state_->thread.join();
}

void HttpCalls::call(HttpCall call, std::function<void(HttpAnswer)> done) {
  auto target = parse_url(call.url);
  const bool is_method = !call.method.empty() && std::all_of(call.method.begin(), call.method.end(),
                                                             [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!target || !is_method) return done({0, {}, "Invalid endpoint address"});
  if (++state_->calls > kCallsMax) {
    --state_->calls;
    return done({0, {}, "Too many calls are under way"});
  }
  state_->start();
  auto counted = [state = state_.get(), done = std::move(done)](HttpAnswer answer) {
    --state->calls;
    done(std::move(answer));
  };
  asio::post(state_->io, [state = state_.get(), call = std::move(call), target = std::move(*target),
                          counted]() mutable {
    std::make_shared<Outgoing>(state->io, *state->tls, std::move(call), std::move(target), std::move(counted))->start();
  });
}

}  // namespace millrace::server
