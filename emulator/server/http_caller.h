#pragma once
// ports::HttpCaller over Asio: one thread for all calls.

#include <memory>

#include "emulator/ports/http_caller.h"

namespace millrace::server {

class HttpCalls final : public ports::HttpCaller {
 public:
  HttpCalls();
  ~HttpCalls() override;  // calls under way end without an answer
  void call(ports::HttpCall call, std::function<void(ports::HttpAnswer)> done) override;
  /// Returns when no call's answer is given any more. Idempotent.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace millrace::server
