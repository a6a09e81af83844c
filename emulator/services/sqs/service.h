#pragma once
// SQS: standard queues, as destinations and as sources of mappings. Speaks both of its protocols, JSON and query.

#include <memory>

#include "emulator/protocol/service.h"
#include "emulator/services/service_context.h"

namespace millrace::sqs {

struct Services {
  std::shared_ptr<protocol::Service> json;
  std::shared_ptr<protocol::Service> query;
};
Services make_services(ServiceContext context);

}  // namespace millrace::sqs
