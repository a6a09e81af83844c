#pragma once
// Turns what a process writes to its log pipe into log events: one event per line of plain output, and one
// per frame, however many lines it has. A frame is what the Lambda runtimes write: the bytes A5 5A 00 03, a
// length and a time in microseconds (32 and 64 bits, big-endian), then that many bytes.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::pool {

/// CloudWatch Logs takes no larger event; longer lines become several events.
inline constexpr size_t kLogEventBytesMax = 262'118;

class LogAssembler {
 public:
  /// Events that `bytes` complete, each with its final newline if it had one; invalid UTF-8 is replaced.
  std::vector<std::string> feed(std::string_view bytes);
  /// What is left without a newline, at the end of an invocation; empty if nothing is.
  std::vector<std::string> finish();

 private:
  void take_frames_and_lines(std::vector<std::string>& events);
  void add(std::vector<std::string>& events, std::string_view text);

  std::string pending_;
};

}  // namespace millrace::pool
