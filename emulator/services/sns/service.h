#pragma once
// SNS: standard topics, as destinations and as fan-out to queues and functions.

#include <memory>

#include "emulator/protocol/service.h"
#include "emulator/services/service_context.h"

namespace millrace::sns {

std::shared_ptr<protocol::Service> make_service(ServiceContext context);

}  // namespace millrace::sns
