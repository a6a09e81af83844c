#include "emulator/cli/client.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/url/parse.hpp>
#include <cstdio>
#include <cstdlib>

#include "emulator/base/encoding.h"
#include "emulator/base/version.h"
#include "emulator/cli/env.h"
#include "emulator/cli/exit_codes.h"
#include "emulator/server/admin_guard.h"
#include "emulator/server/server.h"

namespace millrace::cli {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

constexpr int kTimeIsOver = 408;             // a drain's
constexpr uint64_t kBodyMax = 256ull << 20;  // `logs` and `metrics` of a server that has run long

Answer failure(std::string problem) {
  Answer answer;
  answer.problem = std::move(problem);
  return answer;
}

/// The admin API's: MILLRACE_ADMIN_TOKEN, else that of the data folder (MILLRACE_DATA_DIR, else ./.millrace), which must
/// be ours alone. Empty: none, which most servers don't mind.
std::string admin_token() {
  const char* given = std::getenv("MILLRACE_ADMIN_TOKEN");
  if (given && *given) return given;
  const char* folder = std::getenv("MILLRACE_DATA_DIR");
  return server::kept_admin_token(folder && *folder ? folder : server::ServerOptions().data_folder);
}

}  // namespace

std::string authority_of(const std::string& url_text) {
  auto url = boost::urls::parse_uri(url_text);
  return url ? std::string(url->encoded_host_and_port()) : "";
}

Answer ask(const std::string& url_text, const Question& question) {
  auto url = boost::urls::parse_uri(url_text);
  if (!url || url->host().empty()) return failure("it is not a URL");
  std::string host = url->host(), port = url->has_port() ? std::string(url->port()) : "80";
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);

  asio::io_context io;
  beast::tcp_stream stream(io);
  asio::ip::tcp::resolver resolver(io);
  http::request<http::string_body> request;
  request.method_string(question.method);
  request.target(question.target);
  request.version(11);
  request.set(http::field::host, std::string(url->encoded_host_and_port()));
  request.set(http::field::user_agent, "millrace/" + std::string(version()));
  const bool of_ours = question.target.find("/_millrace/") != std::string::npos;
  if (const std::string token = of_ours ? admin_token() : ""; !token.empty())
    request.set(http::field::authorization, "Bearer " + token);
  for (const auto& [name, value] : question.headers) request.set(name, value);
  request.body() = question.body;
  request.prepare_payload();
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> response;
  response.body_limit(kBodyMax);
  beast::error_code failed;
  // Callbacks, because only asynchronous operations of tcp_stream obey its time limit.
  stream.expires_after(std::chrono::seconds(question.timeout_s));
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
  if (failed) return failure(failed.message());
  Answer answer;
  answer.status = static_cast<int>(response.get().result_int());
  for (const auto& field : response.get()) answer.headers.emplace_back(to_lower(field.name_string()), field.value());
  answer.body = std::move(response.get().body());
  return answer;
}

void pause_for(std::chrono::milliseconds time) {
  asio::io_context io;
  asio::steady_timer(io, time).wait();
}

int complain(const Answer& answer) {
  if (answer.status == 0) {
    std::fprintf(stderr, "millrace: no answer from %s: %s\n", server_url().c_str(), answer.problem.c_str());
    return kNoAnswer;
  }
  std::string message = answer.body, code = answer.header("x-amzn-errortype");
  if (auto body = parse_json(answer.body); body && body->is_object()) {
    for (const char* member : {"message", "Message"})
      if (std::string text = text_of(*body, member); !text.empty()) message = text;
    if (code.empty()) code = text_of(*body, "__type");
  }
  while (!message.empty() && message.back() == '\n') message.pop_back();
  code = code.substr(code.rfind('#') + 1);
  code = code.substr(0, code.find(':'));
  if (message.empty()) message = "the server answers with " + std::to_string(answer.status);
  std::fprintf(stderr, "millrace: %s%s%s\n", code.c_str(), code.empty() ? "" : ": ", message.c_str());
  return kRefused;
}

int call_server(const Question& question, bool json, InWords words) {
  Answer answer = ask(server_url(), question);
  if (json && answer.status != 0) {
    std::fputs(answer.body.c_str(), answer.fine() ? stdout : stderr);
    return answer.fine() ? kFine : kRefused;
  }
  auto body = parse_json(answer.body);
  const bool can_be_said = body && body->is_object() && !find(*body, "message");
  if (can_be_said && (answer.fine() || answer.status == kTimeIsOver)) {
    std::fputs(words(*body).c_str(), answer.fine() ? stdout : stderr);
    return answer.fine() ? kFine : kRefused;
  }
  return complain(answer);
}

}  // namespace millrace::cli
