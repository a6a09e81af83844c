#include "emulator/cli/client.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/url/parse.hpp>
#include <cstdio>
#include <cstdlib>

#include "emulator/cli/env.h"
#include "emulator/cli/exit_codes.h"
#include "emulator/server/admin_guard.h"
#include "emulator/server/server.h"

namespace millrace::cli {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

constexpr uint64_t kBodyMax = 256ull << 20;  // `logs` and `metrics` of a server that has run long

/// The admin API's: MILLRACE_ADMIN_TOKEN, else that of the data folder (MILLRACE_DATA_DIR, else ./.millrace), which must
/// be ours alone. Empty: none, which most servers don't mind.
std::string admin_token() {
  const char* given = std::getenv("MILLRACE_ADMIN_TOKEN");
  if (given && *given) return given;
  const char* folder = std::getenv("MILLRACE_DATA_DIR");
  return server::kept_admin_token(folder && *folder ? folder : server::ServerOptions().data_folder);
}

}  // namespace

Answer ask(const std::string& url_text, const std::string& method, const std::string& target, int timeout_s) {
  auto url = boost::urls::parse_uri(url_text);
  if (!url || url->host().empty()) return {0, "", "it is not a URL"};
  std::string host = url->host(), port = url->has_port() ? std::string(url->port()) : "80";
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);

  asio::io_context io;
  beast::tcp_stream stream(io);
  asio::ip::tcp::resolver resolver(io);
  http::request<http::empty_body> request;
  request.method_string(method);
  request.target(target);
  request.version(11);
  request.set(http::field::host, std::string(url->encoded_host_and_port()));
  const std::string token = target.find("/_millrace/") == std::string::npos ? "" : admin_token();
  if (!token.empty()) request.set(http::field::authorization, "Bearer " + token);
  request.prepare_payload();
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> response;
  response.body_limit(kBodyMax);
  beast::error_code failed;
  // Callbacks, because only asynchronous operations of tcp_stream obey its time limit.
  stream.expires_after(std::chrono::seconds(timeout_s));
  auto endpoints = resolver.resolve(host, port, failed);
  if (!failed) {
    stream.async_connect(endpoints, [&](beast::error_code error, const asio::ip::tcp::endpoint&) {
      if ((failed = error)) return;
      http::async_write(stream, request, [&](beast::error_code error, size_t) {
        if ((failed = error)) return;
        http::async_read(stream, buffer, response, [&](beast::error_code error, size_t) { failed = error; });
      });
    });
    io.run();
  }
  if (failed) return {0, "", failed.message()};
  return {static_cast<int>(response.get().result_int()), std::move(response.get().body()), ""};
}

int call_server(const std::string& method, const std::string& target, int timeout_s) {
  Answer answer = ask(server_url(), method, target, timeout_s);
  if (answer.status == 0) {
    std::fprintf(stderr, "millrace: no answer from %s: %s\n", server_url().c_str(), answer.problem.c_str());
    return kNoAnswer;
  }
  std::fputs(answer.body.c_str(), answer.fine() ? stdout : stderr);
  return answer.fine() ? kFine : kRefused;
}

}  // namespace millrace::cli
