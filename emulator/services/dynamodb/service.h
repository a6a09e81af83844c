#pragma once
// DynamoDB: tables, items, indexes, transactions, PartiQL. Operations are listed in service.cc.

#include <memory>

#include "emulator/ports/keys.h"
#include "emulator/ports/objects.h"
#include "emulator/protocol/service.h"
#include "emulator/services/service_context.h"
#include "emulator/tables/tables.h"

namespace millrace::dynamodb {

/// `objects` may be null until S3 is wired: exports and imports use it.
std::shared_ptr<protocol::Service> make_service(ServiceContext context, tables::Tables& tables, ports::Objects* objects,
                                                std::shared_ptr<ports::Keys> keys);

/// The policy of the table or the stream that an ARN names; empty: none.
std::string resource_policy(const tables::Tables& tables, const std::string& arn);

}  // namespace millrace::dynamodb
