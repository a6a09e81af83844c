#pragma once
// IAM: users, groups, roles, policies, and the answers to who is asking and what may they do.

#include <memory>

#include "emulator/protocol/service.h"
#include "emulator/services/service_context.h"
#include "emulator/protocol/identity.h"
#include "runtime/ports/authority.h"

namespace millrace::iam {

std::shared_ptr<protocol::Service> make_service(ServiceContext context);

}  // namespace millrace::iam
