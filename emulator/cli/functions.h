#pragma once
// `millrace invoke` and `millrace logs`. Each returns the exit code.

#include <string>

namespace millrace::cli {

struct Invocation {
  std::string function;
  std::string payload = "{}";  // "-": standard input; "@FILE": a file
  bool event = false;          // asynchronous
  bool json = false;           // the whole of it as JSON
};
/// Prints the result to standard output and the log's tail to standard error. kRefused for a function's error too.
int invoke(const Invocation& invocation);

struct LogsWanted {
  std::string function;  // or a log group that begins with '/'; empty: every function
  bool follow = false;
  int64_t since_s = 600;
  bool json = false;
};
/// Prints events, oldest first; with `follow` until it is ended.
int logs(const LogsWanted& wanted);

}  // namespace millrace::cli
