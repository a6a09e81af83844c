#pragma once
// S3: buckets and objects. Routing by method, host, path and sub-resource; bodies stream.

#include <memory>

#include "emulator/protocol/service.h"
#include "emulator/services/service_context.h"
#include "runtime/ports/objects.h"

namespace millrace::s3 {

std::shared_ptr<protocol::Service> make_service(ServiceContext context);

}  // namespace millrace::s3
