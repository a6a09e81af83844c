#pragma once
// SQS: standard queues, as destinations and as sources of mappings. Speaks both of its protocols, JSON and query.

#include <functional>
#include <memory>
#include <string>

#include "emulator/ports/authority.h"
#include "emulator/ports/destination.h"
#include "emulator/ports/encryption.h"
#include "emulator/ports/queue_reader.h"
#include "emulator/protocol/service.h"
#include "emulator/services/service_context.h"

namespace millrace::sqs {

class SqsBackend {
 public:
  virtual ~SqsBackend() = default;
  virtual ports::QueueReader& reader() = 0;
  /// Puts a message into the queue, in the name of `sender_id`; QueueDoesNotExist if there is none. The caller has
  /// checked the permission.
  virtual Result<void> deliver(const std::string& queue_arn, const ports::Message& message,
                               const std::string& sender_id) = 0;
  /// Whether the sender may use the key that the queue is under; KMS.AccessDeniedException and its like.
  virtual Result<void> check_key(const std::string& queue_arn, const ports::Destination::Sender& sender,
                                 ports::Authority& authority) = 0;
  /// The queue's resource policy; empty if it has none or doesn't exist.
  virtual std::string policy(const std::string& queue_arn) = 0;
};

struct Services {
  std::shared_ptr<protocol::Service> json;
  std::shared_ptr<protocol::Service> query;
  std::shared_ptr<SqsBackend> backend;  // outlives the services
  std::function<void()> stop;           // answers the long polls
};
/// `keys`: those that queues may be under.
Services make_services(ServiceContext context, std::shared_ptr<ports::Encryption> keys);

}  // namespace millrace::sqs
