#pragma once
// Targets that answer later: servers that are asked over HTTP, operations of other services. What sends to one is known to the
// deliveries (Deliveries::add_outside); every other target takes a message at once (ports/destination.h).

#include <functional>
#include <string>

#include "emulator/ports/destination.h"

namespace millrace::delivery {

class Outside {
 public:
  using Done = std::function<void(Result<void>)>;

  virtual ~Outside() = default;
  virtual bool sends_to(const std::string& target_arn) const = 0;
  /// Calls `done` exactly once, on any thread; returns at once. Errors of 429 and from 500 on are worth another try, after
  /// `RetryAfterSeconds` of the error's members if it has them.
  virtual void send(const std::string& target_arn, const ports::Message& message,
                    const ports::Destination::Sender& sender, Done done) = 0;
};

}  // namespace millrace::delivery
