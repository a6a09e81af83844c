#pragma once
// STS: who am I, and sessions of roles.

#include <memory>

#include "emulator/protocol/service.h"
#include "emulator/services/service_context.h"

namespace millrace::sts {

std::shared_ptr<protocol::Service> make_service(ServiceContext context);

}  // namespace millrace::sts
