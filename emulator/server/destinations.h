#pragma once
// ports::Destination over the services of this server: finds the target by its ARN, checks the sender's permission, and
// hands the message over.

#include "emulator/services/sns/service.h"
#include "emulator/services/sqs/service.h"
#include "runtime/ports/authority.h"
#include "runtime/ports/destination.h"
#include "runtime/ports/event_target.h"
#include "runtime/ports/objects.h"

namespace millrace::server {

class Destinations final : public ports::Destination {
 public:
  explicit Destinations(ports::Authority& authority) : authority_(authority) {}

  /// The targets; set once while the server is put together, because services and destinations need each other.
  sqs::SqsBackend* queues = nullptr;
  sns::SnsBackend* topics = nullptr;
  ports::EventTarget* functions = nullptr;
  ports::Objects* objects = nullptr;

  Result<void> send(const std::string& target_arn, const ports::Message& message, const Sender& sender) override;

 private:
  /// AccessDenied unless the sender's role may do it, or the target's policy lets the sending service do it.
  Result<void> check(const std::string& action, const std::string& resource, const std::string& policy, const Sender& sender);

  ports::Authority& authority_;
};

}  // namespace millrace::server
