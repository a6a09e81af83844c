#pragma once
// SNS: standard topics, as destinations and as fan-out to queues and functions.

#include <memory>
#include <string>

#include "emulator/ports/destination.h"
#include "emulator/protocol/service.h"
#include "emulator/services/service_context.h"

namespace millrace::sns {

class SnsBackend {
 public:
  virtual ~SnsBackend() = default;
  /// Publishes in the name of another service; NotFound if there is no such topic. The caller has checked the
  /// permission.
  virtual Result<void> publish(const std::string& topic_arn, const ports::Message& message) = 0;
  /// The topic's policy; empty if there is no such topic.
  virtual std::string policy(const std::string& topic_arn) = 0;
};

struct Room {
  std::shared_ptr<protocol::Service> service;
  std::shared_ptr<SnsBackend> backend;  // outlives the service
};
/// `destinations` delivers to subscribed queues and functions; it outlives the room.
Room make_room(ServiceContext context, ports::Destination& destinations);

}  // namespace millrace::sns
