#pragma once
// One execution environment's log on its way to CloudWatch Logs: the pipe that its processes write to, the
// log events made of it, the tail that Invoke returns, and the hand-over to the LogSink in batches.

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/ports/log_sink.h"
#include "runtime/pool/log_assembler.h"

namespace millrace::pool {

class FunctionLog {
 public:
  /// `application_level` as log_levels.h has it.
  FunctionLog(boost::asio::io_context& io, const Clock& clock, ports::LogSink& sink, ports::LogTarget target,
              std::string application_level);

  FunctionLog(const FunctionLog&) = delete;

  /// Adds one event; it is handed over with flush(), or by itself a little later.
  void add(const std::optional<std::string>& event);
  /// The same for what the function wrote, unless its application log level leaves it out.
  void add_output(const std::string& event);
  void flush();
  const ports::LogTarget& target() const { return target_; }

  /// From here on events are also kept for tail(), which returns their last 4 KB.
  void begin_tail();
  std::string tail() const;
  /// What the function itself wrote since begin_tail(), the first 64 KiB, without what frames an invocation. Kept while
  /// steps are (emulator/base/trace.h).
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  /// Gives what waits to the terminal (emulator/base/console.h).
  void show();

  boost::asio::steady_timer timer_;
  std::shared_ptr<FunctionLog*> alive_ = std::make_shared<FunctionLog*>(this);  // for the timer's handler
  const Clock& clock_;
  ports::LogSink& sink_;
  ports::LogTarget target_;
  const std::string application_level_;
  std::vector<ports::LogLine> waiting_;
  size_t waiting_bytes_ = 0;
  std::string tail_;
  std::vector<std::string> lines_;
  size_t lines_bytes_ = 0;
  std::string shown_request_;  // the invocation whose lines show() shows
};

/// The reading end of a process's standard output and error.
class LogPipe {
 public:
  LogPipe(boost::asio::io_context& io, int fd, FunctionLog& log);
  ~LogPipe();
  /// Reads what has been written up to now; with `end_line` a line without its newline becomes an event too.
  void drain(bool end_line);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace millrace::pool
