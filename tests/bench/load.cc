// A load generator for one HTTP server: N keep-alive connections on one epoll thread, each with one request in
// flight. The requests come ready-made, so that the generator costs little beside the server.
//
//   bench_load [HOST:]PORT CONNECTIONS SECONDS [BEGIN] < requests
//
// Standard input: requests as raw bytes, each after a line with its length. Connection c sends requests BEGIN+c,
// BEGIN+c+N, BEGIN+c+2N ... and goes on with the first behind the last. Standard output: one JSON line
//   {"requests":..,"errors":..,"seconds":..,"per_second":..,"p50_us":..,"p99_us":..,"sent_bytes":..,"body_bytes":..}
// where sent_bytes are of all requests and body_bytes of all answers' bodies. An answer that isn't 2xx, or a connection
// that breaks, counts as an error; the first is shown on standard error. It goes on beyond SECONDS until there is an answer.

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/answer.h"

namespace {

using millrace::bench::Answer;

constexpr size_t kReadBytes = 256u << 10;

int64_t now_ns() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

struct Connection {
  int fd = -1;
  size_t next_request = 0;
  std::string_view unsent;
  bool waits_to_send = false;
  int64_t started_ns = 0;
  Answer answer;
};

std::vector<std::string> read_requests() {
  std::vector<std::string> requests;
  std::string line;
  while (std::getline(std::cin, line)) {
    std::string request(std::strtoul(line.c_str(), nullptr, 10), '\0');
    std::cin.read(request.data(), static_cast<std::streamsize>(request.size()));
    if (!std::cin) break;
    requests.push_back(std::move(request));
  }
  return requests;
}

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "bench_load: %s\n", why.c_str());
  std::exit(1);
}

/// Connected sockets to `address`, "port" or "host:port".
std::vector<int> connect_to(const std::string& address, size_t count) {
  size_t colon = address.rfind(':');
  std::string host = colon == std::string::npos ? "127.0.0.1" : address.substr(0, colon);
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  int error = getaddrinfo(host.c_str(), address.c_str() + (colon == std::string::npos ? 0 : colon + 1), &hints, &found);
  if (error != 0) give_up(address + ": " + gai_strerror(error));
  std::vector<int> out;
  for (addrinfo* each = found; each && out.size() < count;) {
    int fd = socket(each->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, each->ai_addr, each->ai_addrlen) != 0) {
      close(fd);
      each = each->ai_next;
      continue;
    }
    int yes = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    out.push_back(fd);
  }
  freeaddrinfo(found);
  if (out.size() < count) give_up("no connection to " + address);
  return out;
}

class Load {
 public:
  Load(const std::string& address, size_t connections, double seconds, std::vector<std::string> requests, size_t begin)
      : requests_(std::move(requests)), connections_(connections), seconds_(seconds), buffer_(kReadBytes, '\0') {
    poll_ = epoll_create1(EPOLL_CLOEXEC);
    std::vector<int> fds = connect_to(address, connections);
    for (size_t i = 0; i < connections_.size(); ++i) {
      connections_[i].fd = fds[i];
      connections_[i].next_request = (begin + i) % requests_.size();
      epoll_event event = event_of(connections_[i]);
      epoll_ctl(poll_, EPOLL_CTL_ADD, fds[i], &event);
    }
  }

  void run() {
    started_ns_ = now_ns();
    int64_t end_ns = started_ns_ + static_cast<int64_t>(seconds_ * 1e9);
    for (Connection& connection : connections_) send_next(connection);
    std::vector<epoll_event> events(connections_.size());
    while ((now_ns() < end_ns || latencies_ns_.empty()) && open_ > 0) {
      int ready = epoll_wait(poll_, events.data(), static_cast<int>(events.size()), 100);
      for (int i = 0; i < ready; ++i) {
        Connection& connection = connections_[events[i].data.u64];
        if (events[i].events & EPOLLOUT) send_more(connection);
        if (events[i].events & ~static_cast<uint32_t>(EPOLLOUT) && connection.fd >= 0) receive(connection);
      }
    }
    ended_ns_ = now_ns();
  }

  void print() {
    std::sort(latencies_ns_.begin(), latencies_ns_.end());
    double seconds = static_cast<double>(ended_ns_ - started_ns_) / 1e9;
    std::printf(
        "{\"requests\":%zu,\"errors\":%zu,\"seconds\":%.3f,\"per_second\":%.1f,\"p50_us\":%.1f,\"p99_us\":%.1f,"
        "\"sent_bytes\":%llu,\"body_bytes\":%llu}\n",
        latencies_ns_.size(), errors_, seconds, static_cast<double>(latencies_ns_.size()) / seconds,
        percentile_us(0.50), percentile_us(0.99), static_cast<unsigned long long>(sent_bytes_),
        static_cast<unsigned long long>(body_bytes_));
  }

 private:
  epoll_event event_of(const Connection& connection) {
    epoll_event event{};
    event.events = EPOLLIN;
    if (connection.waits_to_send) event.events |= EPOLLOUT;
    event.data.u64 = static_cast<uint64_t>(&connection - connections_.data());
    return event;
  }

  void send_next(Connection& connection) {
    connection.unsent = requests_[connection.next_request];
    connection.next_request = (connection.next_request + connections_.size()) % requests_.size();
    connection.answer.clear();
    connection.started_ns = now_ns();
    send_more(connection);
  }

  void send_more(Connection& connection) {
    while (!connection.unsent.empty()) {
      ssize_t n = send(connection.fd, connection.unsent.data(), connection.unsent.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (n < 0 && errno == EAGAIN) break;
      if (n <= 0) return close_broken(connection, "the connection broke while sending");
      sent_bytes_ += static_cast<uint64_t>(n);
      connection.unsent.remove_prefix(static_cast<size_t>(n));
    }
    bool waits = !connection.unsent.empty();
    if (waits == connection.waits_to_send) return;
    connection.waits_to_send = waits;
    epoll_event event = event_of(connection);
    epoll_ctl(poll_, EPOLL_CTL_MOD, connection.fd, &event);
  }

  void receive(Connection& connection) {
    ssize_t n = recv(connection.fd, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) return close_broken(connection, "the connection broke");
    Answer& answer = connection.answer;
    Answer::State state = answer.put(std::string_view(buffer_.data(), static_cast<size_t>(n)));
    if (state == Answer::State::more) return;
    if (state == Answer::State::broken) return close_broken(connection, answer.begin());
    latencies_ns_.push_back(now_ns() - connection.started_ns);
    body_bytes_ += answer.body_bytes();
    if (answer.status() / 100 != 2) count_error(answer.begin());
    if (!connection.unsent.empty()) return close_broken(connection, "answered before it was sent: " + answer.begin());
    send_next(connection);
  }

  void close_broken(Connection& connection, const std::string& why) {
    count_error(why);
    close(connection.fd);
    connection.fd = -1;
    --open_;
  }

  void count_error(const std::string& what) {
    if (errors_++ == 0) std::fprintf(stderr, "first error: %s\n", what.c_str());
  }

  double percentile_us(double share) const {
    if (latencies_ns_.empty()) return 0;
    auto at = static_cast<size_t>(share * static_cast<double>(latencies_ns_.size() - 1));
    return static_cast<double>(latencies_ns_[at]) / 1e3;
  }

  std::vector<std::string> requests_;
  std::vector<Connection> connections_;
  double seconds_;
  std::string buffer_;
  int poll_ = -1;
  size_t open_ = connections_.size();
  size_t errors_ = 0;
  uint64_t sent_bytes_ = 0;
  uint64_t body_bytes_ = 0;
  int64_t started_ns_ = 0;
  int64_t ended_ns_ = 0;
  std::vector<int64_t> latencies_ns_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4 && argc != 5) {
    std::fprintf(stderr, "usage: bench_load [HOST:]PORT CONNECTIONS SECONDS [BEGIN] < requests\n");
    return 2;
  }
  std::vector<std::string> requests = read_requests();
  if (requests.empty()) give_up("no requests on standard input");
  size_t begin = argc == 5 ? std::strtoull(argv[4], nullptr, 10) : 0;
  Load load(argv[1], std::max<size_t>(1, std::strtoull(argv[2], nullptr, 10)), std::atof(argv[3]), std::move(requests),
            begin);
  load.run();
  load.print();
  return 0;
}
