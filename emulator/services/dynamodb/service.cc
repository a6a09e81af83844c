#include "emulator/services/dynamodb/service.h"

#include "emulator/services/dynamodb/errors.h"
#include "emulator/services/dynamodb/items/operations.h"

namespace millrace::dynamodb {

std::shared_ptr<protocol::Service> make_service(ServiceContext context, tables::Tables& tables, ports::Objects* objects) {
  (void)objects;
  std::vector<protocol::Operation> operations =
      item_operations({context.store, tables, context.clock, context.random});
  return std::make_shared<protocol::JsonService>(
      protocol::JsonService::Profile{"DynamoDB_20120810", "application/x-amz-json-1.0", true, true, errors::service_errors()},
      std::move(operations));
}

}  // namespace millrace::dynamodb
