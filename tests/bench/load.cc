// A load generator for one HTTP server on this machine: N keep-alive connections on one epoll thread, each
// with one request in flight. The requests come ready-made, so that the generator costs little beside the
// server.
//
//   bench_load PORT CONNECTIONS SECONDS < requests
//
// Standard input: requests as raw bytes, each after a line with its length. Connection c sends requests c,
// c+N, c+2N ... and begins again at the end. Standard output: one JSON line
//   {"requests":..,"errors":..,"seconds":..,"per_second":..,"p50_us":..,"p99_us":..}
// An answer that isn't 2xx, or a connection that breaks, counts as an error; the first is shown on standard
// error.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr size_t kAnswerMax = 16 << 20;

int64_t now_ns() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

struct Connection {
  int fd = -1;
  size_t next_request = 0;
  int64_t started_ns = 0;
  std::string answer;
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

int connect_to(int port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    std::perror("connect");
    std::exit(1);
  }
  int yes = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  return fd;
}

/// The length of the body that a head announces; -1 if it has no Content-Length.
int64_t content_length(std::string_view head) {
  static constexpr std::string_view kName = "\r\ncontent-length:";
  auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  auto at = std::search(head.begin(), head.end(), kName.begin(), kName.end(), same);
  if (at == head.end()) return -1;
  return std::strtoll(&*at + kName.size(), nullptr, 10);
}

/// 0: not whole yet; -1: broken; otherwise the answer's status code.
int whole_answer(const std::string& answer) {
  size_t head_end = answer.find("\r\n\r\n");
  if (head_end == std::string::npos) return answer.size() > kAnswerMax ? -1 : 0;
  int64_t length = content_length(std::string_view(answer).substr(0, head_end + 2));
  if (length < 0 || answer.size() < 12) return -1;
  if (answer.size() < head_end + 4 + static_cast<size_t>(length)) return 0;
  return std::atoi(answer.c_str() + 9);
}

class Load {
 public:
  Load(int port, int connections, double seconds, std::vector<std::string> requests)
      : requests_(std::move(requests)), connections_(connections), seconds_(seconds) {
    poll_ = epoll_create1(EPOLL_CLOEXEC);
    for (size_t i = 0; i < connections_.size(); ++i) {
      connections_[i].fd = connect_to(port);
      connections_[i].next_request = i % requests_.size();
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u64 = i;
      epoll_ctl(poll_, EPOLL_CTL_ADD, connections_[i].fd, &event);
    }
  }

  void run() {
    started_ns_ = now_ns();
    int64_t end_ns = started_ns_ + static_cast<int64_t>(seconds_ * 1e9);
    for (Connection& connection : connections_) send_next(connection);
    std::vector<epoll_event> events(connections_.size());
    while (now_ns() < end_ns && open_ > 0) {
      int ready = epoll_wait(poll_, events.data(), static_cast<int>(events.size()), 100);
      for (int i = 0; i < ready; ++i) receive(connections_[events[i].data.u64]);
    }
    ended_ns_ = now_ns();
  }

  void print() {
    std::sort(latencies_ns_.begin(), latencies_ns_.end());
    double seconds = static_cast<double>(ended_ns_ - started_ns_) / 1e9;
    std::printf(
        "{\"requests\":%zu,\"errors\":%zu,\"seconds\":%.3f,\"per_second\":%.1f,\"p50_us\":%.1f,\"p99_us\":%."
        "1f}\n",
        latencies_ns_.size(), errors_, seconds, static_cast<double>(latencies_ns_.size()) / seconds,
        percentile_us(0.50), percentile_us(0.99));
  }

 private:
  void send_next(Connection& connection) {
    const std::string& request = requests_[connection.next_request];
    connection.next_request = (connection.next_request + connections_.size()) % requests_.size();
    connection.answer.clear();
    connection.started_ns = now_ns();
    // Requests are small beside a socket's buffer: a blocking write doesn't hold the others up.
    for (size_t sent = 0; sent < request.size();) {
      ssize_t n = write(connection.fd, request.data() + sent, request.size() - sent);
      if (n <= 0) return close_broken(connection, "the connection broke while sending");
      sent += static_cast<size_t>(n);
    }
  }

  void receive(Connection& connection) {
    char buffer[65536];
    ssize_t n = read(connection.fd, buffer, sizeof buffer);
    if (n <= 0) return close_broken(connection, "the connection broke");
    connection.answer.append(buffer, static_cast<size_t>(n));
    int status = whole_answer(connection.answer);
    if (status == 0) return;
    if (status < 0) return close_broken(connection, connection.answer);
    latencies_ns_.push_back(now_ns() - connection.started_ns);
    if (status / 100 != 2) count_error(connection.answer);
    send_next(connection);
  }

  void close_broken(Connection& connection, const std::string& why) {
    count_error(why);
    close(connection.fd);
    connection.fd = -1;
    --open_;
  }

  void count_error(const std::string& what) {
    if (errors_++ == 0) std::fprintf(stderr, "first error: %s\n", what.substr(0, 600).c_str());
  }

  double percentile_us(double share) const {
    if (latencies_ns_.empty()) return 0;
    return static_cast<double>(
               latencies_ns_[static_cast<size_t>(share * static_cast<double>(latencies_ns_.size() - 1))]) /
           1e3;
  }

  std::vector<std::string> requests_;
  std::vector<Connection> connections_;
  double seconds_;
  int poll_ = -1;
  size_t open_ = connections_.size();
  size_t errors_ = 0;
  int64_t started_ns_ = 0;
  int64_t ended_ns_ = 0;
  std::vector<int64_t> latencies_ns_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: bench_load PORT CONNECTIONS SECONDS < requests\n");
    return 2;
  }
  std::vector<std::string> requests = read_requests();
  if (requests.empty()) {
    std::fprintf(stderr, "bench_load: no requests on standard input\n");
    return 2;
  }
  Load load(std::atoi(argv[1]), std::max(1, std::atoi(argv[2])), std::atof(argv[3]), std::move(requests));
  load.run();
  load.print();
  return 0;
}
