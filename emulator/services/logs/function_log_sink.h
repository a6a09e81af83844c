#pragma once
// Where functions' log lines arrive. The execution role's permissions count: without them nothing is written.

#include <memory>

#include "emulator/ports/authority.h"
#include "emulator/ports/log_sink.h"
#include "emulator/services/logs/logs.h"

namespace millrace::logs {

class FunctionLogSink final : public ports::LogSink {
 public:
  FunctionLogSink(std::shared_ptr<Logs> logs, ports::Authority& authority)
      : logs_(std::move(logs)), authority_(authority) {}
  void append(const ports::LogTarget& target, std::vector<ports::LogLine> lines) override;

 private:
  std::shared_ptr<Logs> logs_;
  ports::Authority& authority_;
};

}  // namespace millrace::logs
