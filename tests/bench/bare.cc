// What HTTP alone costs on this machine: a plain Beast server with an io_context and an acceptor for each of its threads,
// which reads any request whole and answers it with the same bytes.
//
//   bench_bare ANSWER_BYTES [THREADS]
//
// Prints the port that it listens on, on loopback; serves until its standard input ends.

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace {
namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;
using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Socket socket, const std::string& answer) : socket_(std::move(socket)), answer_(answer) {
    error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  }

  void read() {
    parser_.emplace();
    parser_->body_limit(boost::none);
    http::async_read(socket_, buffer_, *parser_, [self = shared_from_this()](error_code error, size_t) {
      if (!error) self->write();
    });
  }

 private:
  void write() {
    asio::async_write(socket_, asio::buffer(answer_), [self = shared_from_this()](error_code error, size_t) {
      if (!error) self->read();
    });
  }

  Socket socket_;
  const std::string& answer_;
  boost::beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
};

struct Lane {
  asio::io_context io{1};
  Acceptor acceptor{io.get_executor()};

  /// Listens on `port` beside the other lanes; 0 takes a free one. Returns which.
  uint16_t listen(uint16_t port) {
    asio::ip::tcp::endpoint end(asio::ip::address_v4::loopback(), port);
    acceptor.open(end.protocol());
    acceptor.set_option(asio::socket_base::reuse_address(true));
    acceptor.set_option(ReusePort(true));
    acceptor.bind(end);
    acceptor.listen();
    return acceptor.local_endpoint().port();
  }

  void accept(const std::string& answer) {
    acceptor.async_accept(io.get_executor(), [this, &answer](error_code error, Socket socket) {
      if (!error) std::make_shared<Session>(std::move(socket), answer)->read();
      accept(answer);
    });
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) {
    std::fprintf(stderr, "usage: bench_bare ANSWER_BYTES [THREADS]\n");
    return 2;
  }
  std::string body(std::strtoull(argv[1], nullptr, 10), 'x');
  const std::string answer =
      "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: " + std::to_string(body.size()) +
      "\r\n\r\n" + body;
  std::vector<std::unique_ptr<Lane>> lanes(argc == 3 ? std::strtoull(argv[2], nullptr, 10) : 2);
  std::vector<std::thread> threads;
  uint16_t port = 0;
  for (auto& lane : lanes) {
    lane = std::make_unique<Lane>();
    port = lane->listen(port);
    lane->accept(answer);
    threads.emplace_back([&io = lane->io] { io.run(); });
  }
  std::printf("%u\n", port);
  std::fflush(stdout);
  char ignored;
  while (read(STDIN_FILENO, &ignored, 1) > 0) {
  }
  for (auto& lane : lanes) lane->io.stop();
  for (std::thread& thread : threads) thread.join();
  return 0;
}
