#pragma once
// Requests to a running server.

#include <string>

namespace millrace::cli {

/// What came back: a status and a body, or why nothing did.
struct Answer {
  int status = 0;  // 0: no answer
  std::string body;
  std::string problem;  // of the connection, for people
  bool fine() const { return status / 100 == 2; }
};

/// One request to the server at `url` ("http://127.0.0.1:4566"). `target` is the path with its query, or a whole URL: then the
/// server is asked as a proxy.
Answer ask(const std::string& url, const std::string& method, const std::string& target, int timeout_s);

/// Asks the server that MILLRACE_URL names and prints the answer's body: to standard output, or to standard error where the
/// status says that it didn't work. Returns the exit code: 0, 1 (refused), 3 (no answer).
int call_server(const std::string& method, const std::string& target, int timeout_s);

}  // namespace millrace::cli
