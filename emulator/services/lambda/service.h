#pragma once
// Lambda: functions, versions, aliases, layers, permissions, event source mappings, Invoke.

#include <memory>

#include "emulator/protocol/service.h"
#include "emulator/services/service_context.h"
#include "runtime/ports/authority.h"
#include "runtime/ports/destination.h"
#include "runtime/ports/function_catalog.h"
#include "runtime/ports/invoker.h"
#include "runtime/ports/mapping_engine.h"
#include "runtime/ports/objects.h"
#include "runtime/ports/stream_reader.h"

namespace millrace::lambda {

std::shared_ptr<protocol::Service> make_service(ServiceContext context);

}  // namespace millrace::lambda
