#pragma once
// Where functions' log lines go. Implemented by emulator/services/logs.

#include <string>
#include <vector>

#include "emulator/base/clock.h"

namespace millrace::ports {

struct LogTarget {
  std::string account;
  std::string region;
  std::string group;              // "/aws/lambda/my-function"
  std::string stream;             // "2024/01/31/[$LATEST]<32 hex>"
  std::string role_arn;           // whose permissions count: without them the lines are dropped, as on AWS
  std::string function_arn = {};  // of the function that logs, without a qualifier: lambda:SourceFunctionArn
  bool of_service = false;        // another service's own delivery to a group that is there: no role is asked
};

struct LogLine {
  Millis timestamp_ms = 0;
  std::string message;
};

class LogSink {
 public:
  virtual ~LogSink() = default;
  /// Appends the lines in order, creating group and stream where the role may. Returns when they are queued
  /// durably enough to survive the death of the process; never fails towards the caller.
  virtual void append(const LogTarget& target, std::vector<LogLine> lines) = 0;
};

}  // namespace millrace::ports
