#pragma once
// KMS: keys, their policies and grants, and the cryptography under them.

#include <memory>

#include "emulator/ports/encryption.h"
#include "emulator/protocol/service.h"
#include "emulator/services/service_context.h"

namespace millrace::kms {

struct Room {
  std::shared_ptr<protocol::Service> service;
  std::shared_ptr<ports::Encryption> keys;  // what other services encrypt with
};
Room make_room(ServiceContext context);

}  // namespace millrace::kms
