#pragma once
// DynamoDB Streams: ListStreams, DescribeStream, GetShardIterator, GetRecords, and the port by which pollers read.

#include <memory>

#include "emulator/protocol/service.h"
#include "emulator/services/service_context.h"
#include "emulator/tables/tables.h"

namespace millrace::streams {

std::shared_ptr<protocol::Service> make_service(ServiceContext context, tables::Tables& tables);

}  // namespace millrace::streams
