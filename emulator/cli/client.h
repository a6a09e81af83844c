#pragma once
// Commands that talk to a running server's admin API. The server is named by MILLRACE_URL, else
// http://127.0.0.1:4566.

#include <string>

namespace millrace::cli {

/// Sends `method path` and prints the answer. Returns the exit code: 0 for 2xx, 1 otherwise (the reason is on
/// standard error). `timeout_s` bounds the wait for the answer.
int call_server(const std::string& method, const std::string& path, int timeout_s);

}  // namespace millrace::cli
