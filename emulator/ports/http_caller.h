#pragma once
// Sending an HTTP request to somebody else: API Gateway's HTTP integrations. Implemented by emulator/server.

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace millrace::ports {

struct HttpCall {
  std::string method;
  std::string url;  // http:// only where the machine has no way to check certificates
  std::vector<std::pair<std::string, std::string>> headers;  // without Host and Content-Length
  std::string body;
  int timeout_ms = 29'000;
};

struct HttpAnswer {
  int status = 0;  // 0: there was none, and `body` says why
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

class HttpCaller {
 public:
  virtual ~HttpCaller() = default;
  /// Calls `done` exactly once, on any thread. Returns at once.
  virtual void call(HttpCall call, std::function<void(HttpAnswer)> done) = 0;
};

}  // namespace millrace::ports
