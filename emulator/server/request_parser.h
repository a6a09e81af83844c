#pragma once
// Beast's incremental HTTP/1 parser, writing straight into our request.

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <string>

#include "emulator/protocol/http.h"

namespace millrace::server {

/// Where body bytes go once the head is known.
class BodySink {
 public:
  virtual ~BodySink() = default;
  virtual void append(std::string_view bytes) = 0;
};

class RequestParser final : public boost::beast::http::basic_parser<true> {
 public:
  RequestParser() {
    header_limit(kHeaderBytesMax);
    body_limit(boost::none);
    eager(false);
  }
  static constexpr uint32_t kHeaderBytesMax = 16u << 10;  // AWS's own limit

  protocol::HttpRequest request;
  int http_version = 11;
  BodySink* sink = nullptr;  // set after the head; nullptr collects into request.body

 private:
  using string_view = boost::beast::string_view;
  using error_code = boost::beast::error_code;
  static std::string_view std_view(string_view text) { return {text.data(), text.size()}; }

  void on_request_impl(boost::beast::http::verb, string_view method, string_view target, int version,
                       error_code& ec) override {
    http_version = version;
    request.method = method;
    request.target = target;
    ec = {};
  }
  void on_response_impl(int, string_view, int, error_code& ec) override { ec = {}; }
  void on_field_impl(boost::beast::http::field, string_view name, string_view value, error_code& ec) override {
    request.headers.add(std_view(name), std_view(value));
    ec = {};
  }
  void on_header_impl(error_code& ec) override { ec = {}; }
  void on_body_init_impl(boost::optional<uint64_t> const&, error_code& ec) override { ec = {}; }
  std::size_t on_body_impl(string_view bytes, error_code& ec) override {
    ec = {};
    if (sink)
      sink->append(std_view(bytes));
    else
      request.body.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_chunk_header_impl(uint64_t, string_view extensions, error_code& ec) override {
    // Nobody means them; all together they are bounded as a head is.
    extension_bytes_ += extensions.size();
    ec = extension_bytes_ > kHeaderBytesMax ? error_code(boost::beast::http::error::header_limit) : error_code();
  }
  std::size_t on_chunk_body_impl(uint64_t, string_view bytes, error_code& ec) override {
    return on_body_impl(bytes, ec);
  }
  void on_finish_impl(error_code& ec) override { ec = {}; }

  size_t extension_bytes_ = 0;
};

}  // namespace millrace::server
