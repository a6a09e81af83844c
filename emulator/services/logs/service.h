#pragma once
// CloudWatch Logs: groups, streams, events, filters, queries. Also the sink of the functions' log lines.

#include <memory>

#include "emulator/protocol/service.h"
#include "emulator/services/service_context.h"
#include "runtime/ports/log_sink.h"

namespace millrace::logs {

std::shared_ptr<protocol::Service> make_service(ServiceContext context);

}  // namespace millrace::logs
