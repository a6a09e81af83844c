#pragma once
// A client of the Lambda Runtime API, version 2018-06-01: plain HTTP/1.1 on one kept connection. It blocks;
// the caller releases Python's lock round it.

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace millrace::worker {

class RuntimeClient {
 public:
  /// `api` is AWS_LAMBDA_RUNTIME_API: host:port.
  explicit RuntimeClient(std::string api);
  ~RuntimeClient();
  RuntimeClient(const RuntimeClient&) = delete;

  struct Reply {
    int status = 0;                              // 0: the connection failed
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;
  };
  /// Called before and while a reply is waited for, whenever a signal may have come; false gives the exchange
  /// up.
  std::function<bool()> on_signal;

  /// Waits for the next invocation.
  Reply next();
  Reply post_response(std::string_view request_id, std::string_view body);
  Reply post_error(std::string_view request_id, std::string_view error_type, std::string_view body);
  Reply post_init_error(std::string_view error_type, std::string_view body);

 private:
  Reply exchange(std::string_view method, const std::string& path, const std::string& headers, std::string_view body);
  bool connect_if_needed();
  bool send_all(std::string_view head, std::string_view body);
  size_t receive(char* to, size_t size);
  bool fill();
  bool wait_for_more();
  bool read_reply(Reply& reply);
  void disconnect();

  std::string api_;
  int socket_ = -1;
  bool given_up_ = false;
  std::string buffer_;  // read, not yet used
};

}  // namespace millrace::worker
