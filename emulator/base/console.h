#pragma once
// What the terminal shows beside the log: a line for each request, and what handlers print, as they print it. Nothing of it is
// made where nobody looks: callers ask shown() first. Lines are put together and written by a thread of their own, so that a
// slow terminal holds up no request.
//
// Bounds: 10,000 entries wait at most, then the newest are counted instead of kept. More than 40 requests at once are shown by
// kind with their number.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::console {

struct Options {
  bool colour = false;
  bool json = false;
  std::string account = "000000000000";  // the ones that aren't worth a mention
  std::string region = "us-east-1";
};

/// A request that has been answered.
struct Request {
  std::chrono::system_clock::time_point at;
  int64_t took_us = 0;
  int status = 0;
  std::string service, operation, resource;
  std::string account, region;
  std::string code, message;  // of the error; empty: there is none
  std::string request_id;
};

/// One line that a function printed, or its traceback.
struct HandlerLine {
  std::chrono::system_clock::time_point at;
  std::string function;    // its name
  std::string request_id;  // empty: printed outside an invocation
  std::string text;
};

namespace detail {
extern std::atomic<bool> shown;
}
/// Does anybody look? Cheap.
inline bool shown() {
  return detail::shown.load(std::memory_order_relaxed);
}

/// Begins to show; once, before the server starts.
void start(Options options);
/// Writes what waits, and ends.
void stop();

/// Both get their time here.
void request(Request request);
void handler_line(HandlerLine line);

/// For measuring how long a request took, by the machine's own clock.
std::chrono::steady_clock::time_point now();

/// A line as text or as JSON, with its line end: for start()'s thread and its test. `times` is how many such requests it stands
/// for.
std::string line_of(const Request& request, const Options& options, size_t times = 1);
std::string line_of(const HandlerLine& line, const Options& options);

}  // namespace millrace::console
