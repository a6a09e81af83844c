#include "emulator/server/http_server.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <future>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "emulator/base/guard.h"
#include "emulator/base/log.h"
#include "emulator/base/turn.h"
#include "emulator/server/session.h"

namespace millrace::server {

namespace {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;

constexpr size_t kConnectionsMax = 4096;  // in all; beyond it the idle one that was silent longest goes, or the new one
constexpr auto kIdleCheck = std::chrono::seconds(5);
constexpr auto kAcceptAgain = std::chrono::milliseconds(100);  // after a connection couldn't be accepted

/// At most half of the descriptors that this process may have: the store and functions' processes need theirs.
size_t connections_max() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return kConnectionsMax;
  return std::min<rlim_t>(kConnectionsMax, limit.rlim_cur / 2);
}
}  // namespace

/// One thread with its own io_context, acceptor and sessions.
struct Lane {
  asio::io_context io{1};
  Acceptor acceptor{io.get_executor()};
  asio::steady_timer idle_timer{io};
  asio::steady_timer accept_again{io};
  bool accepting = true;  // false from a failure to the next success: it is logged once
  std::unordered_map<Session*, std::shared_ptr<Session>> sessions;
  std::thread thread;
  bool stopping = false;
};

namespace {
/// Makes room: of the connections on which nothing happens the one that has been silent longest.
void close_oldest_idle(Lane& lane) {
  auto oldest = lane.sessions.end();
  for (auto it = lane.sessions.begin(); it != lane.sessions.end(); ++it) {
    if (!it->second->idle()) continue;
    if (oldest == lane.sessions.end() || it->second->last_activity() < oldest->second->last_activity()) oldest = it;
  }
  if (oldest == lane.sessions.end()) return;
  auto session = oldest->second;
  lane.sessions.erase(oldest);
  session->stop();
}

/// Looks every 10 ms whether the last running request has been answered; only during shutdown.
void watch_end(Lane& lane, std::chrono::steady_clock::time_point deadline) {
  lane.idle_timer.expires_after(std::chrono::milliseconds(10));
  lane.idle_timer.async_wait([&lane, deadline](error_code) {
    bool busy = false;
    for (const auto& [raw, session] : lane.sessions) busy |= !session->closed();
    if (!busy || std::chrono::steady_clock::now() >= deadline) return lane.io.stop();
    watch_end(lane, deadline);
  });
}
}  // namespace

struct HttpServer::Impl {
  Front* front = nullptr;  // set by serve()
  std::vector<std::unique_ptr<Lane>> lanes;
  uint16_t port = 0;
  size_t connections_of_lane_max = 0;
  Session::BodiesBytes bodies_bytes = std::make_shared<std::atomic<size_t>>(0);

  void accept(Lane& lane);
  void check_idle(Lane& lane);
};

void HttpServer::Impl::accept(Lane& lane) {
  lane.acceptor.async_accept(lane.io.get_executor(), [this, &lane](error_code error, Socket socket) {
    if (lane.stopping || error == asio::error::operation_aborted) return;
    if (!error) {
      lane.accepting = true;
      if (lane.sessions.size() >= connections_of_lane_max) close_oldest_idle(lane);
      if (lane.sessions.size() < connections_of_lane_max) {
        auto session = std::make_shared<Session>(std::move(socket), *front, bodies_bytes,
                                                 [&lane](Session* closed) { lane.sessions.erase(closed); });
        lane.sessions.emplace(session.get(), session);
        session->start();
      }
    } else if (error != asio::error::connection_aborted) {
      // Out of descriptors, most likely: trying again at once would only burn the processor.
      if (std::exchange(lane.accepting, false)) log::warning("a connection can't be accepted: " + error.message());
      lane.accept_again.expires_after(kAcceptAgain);
      lane.accept_again.async_wait([this, &lane](error_code cancelled) {
        if (!cancelled && !lane.stopping) accept(lane);
      });
      return;
    }
    accept(lane);
  });
}

void HttpServer::Impl::check_idle(Lane& lane) {
  lane.idle_timer.expires_after(kIdleCheck);
  lane.idle_timer.async_wait([this, &lane](error_code error) {
    if (error || lane.stopping) return;
    auto now = std::chrono::steady_clock::now();
    for (const auto& [raw, session] : lane.sessions) session->check_idle(now);
    check_idle(lane);
  });
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

std::unique_ptr<HttpServer> HttpServer::bind(const HttpServerOptions& options, std::string& error) {
  auto impl = std::make_unique<Impl>();
  unsigned threads = options.threads ? options.threads : std::max(1u, std::thread::hardware_concurrency());
  error_code ec;
  auto address = asio::ip::make_address(options.host == "localhost" ? "127.0.0.1" : options.host, ec);
  if (ec) {
    error = "--host " + options.host + " is not an IP address.";
    return nullptr;
  }
  uint16_t port = options.port;
  for (unsigned i = 0; i < threads; ++i) {
    auto lane = std::make_unique<Lane>();
    tcp::endpoint endpoint(address, port);
    lane->acceptor.open(endpoint.protocol(), ec);
    // The first lane binds alone, so that a port another program listens on is noticed; then all lanes share it.
    if (!ec) lane->acceptor.set_option(asio::socket_base::reuse_address(true), ec);
    if (!ec && i == 0 && port != 0) {
      Acceptor probe(lane->io.get_executor());
      error_code taken;
      probe.open(endpoint.protocol(), taken);
      probe.set_option(asio::socket_base::reuse_address(true), taken);
      // Not listened on: whoever connects meanwhile would be reset when the probe goes.
      probe.bind(endpoint, taken);
      if (taken) {
        error = "Port " + std::to_string(port) + " on " + options.host + " can't be listened on: " + taken.message() +
                ". Stop what uses it or choose another --port.";
        return nullptr;
      }
    }
    int on = 1;
    if (!ec) ::setsockopt(lane->acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    if (!ec) lane->acceptor.bind(endpoint, ec);
    if (!ec) lane->acceptor.listen(1024, ec);
    if (ec) {
      error = "Port " + std::to_string(port) + " on " + options.host + " can't be listened on: " + ec.message() + ".";
      return nullptr;
    }
    port = lane->acceptor.local_endpoint(ec).port();
    impl->lanes.push_back(std::move(lane));
  }
  impl->port = port;
  impl->connections_of_lane_max = std::max<size_t>(1, connections_max() / threads);
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

void HttpServer::serve(Front& front) {
  impl_->front = &front;
  for (auto& lane : impl_->lanes) {
    Lane* raw = lane.get();
    impl_->accept(*raw);
    impl_->check_idle(*raw);
    // What a callback throws ends its connection at most, never the lane.
    raw->thread = std::thread([raw] {
      set_turn_end([raw](std::function<void()> task) { asio::post(raw->io, std::move(task)); });
      while (!guarded("a connection", [raw] { raw->io.run(); })) {
      }
    });
  }
}

uint16_t HttpServer::port() const {
  return impl_->port;
}

void HttpServer::cut_streams() {
  for (auto& lane : impl_->lanes) {
    if (!lane->thread.joinable()) continue;
    asio::post(lane->io, [raw = lane.get()] {
      for (const auto& [key, session] : raw->sessions) session->cut_stream();
    });
  }
}

void HttpServer::flush() {
  for (auto& lane : impl_->lanes) {
    if (!lane->thread.joinable()) continue;
    // Twice: what runs may post once more (the end of a connection does).
    for (int round = 0; round < 2; ++round) {
      std::promise<void> run;
      asio::post(lane->io, [&run] { run.set_value(); });
      run.get_future().wait();
    }
  }
}

void HttpServer::stop(int grace_ms) {
  auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(grace_ms);
  for (auto& lane : impl_->lanes) {
    if (!lane->thread.joinable()) continue;
    Lane* raw = lane.get();
    asio::post(raw->io, [raw, deadline] {
      raw->stopping = true;
      error_code ignored;
      raw->acceptor.close(ignored);
      raw->idle_timer.cancel();
      raw->accept_again.cancel();
      for (const auto& [key, session] : raw->sessions) session->stop();
      bool busy = false;
      for (const auto& [key, session] : raw->sessions) busy |= !session->closed();
      if (!busy) return raw->io.stop();
      // The idle timer now watches for the running requests to end; the deadline ends the rest.
      watch_end(*raw, deadline);
    });
  }
  for (auto& lane : impl_->lanes) {
    if (lane->thread.joinable()) lane->thread.join();
  }
}

HttpServer::~HttpServer() {
  stop(0);
}

}  // namespace millrace::server
