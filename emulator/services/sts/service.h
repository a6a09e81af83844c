#pragma once
// STS: who am I, and sessions of roles.

#include <memory>

#include "emulator/ports/sessions.h"
#include "emulator/protocol/service.h"
#include "emulator/services/service_context.h"

namespace millrace::sts {

/// `sessions` keeps the credentials and knows the roles; it outlives the service.
std::shared_ptr<protocol::Service> make_service(ServiceContext context, std::shared_ptr<ports::Sessions> sessions);

}  // namespace millrace::sts
