#include "emulator/services/dynamodb/service.h"

#include "emulator/services/dynamodb/errors.h"

namespace millrace::dynamodb {

std::shared_ptr<protocol::Service> make_service(ServiceContext context, tables::Tables& tables, ports::Objects* objects) {
  (void)context;
  (void)tables;
  (void)objects;
  std::vector<protocol::Operation> operations = {};
  return std::make_shared<protocol::JsonService>(
      protocol::JsonService::Profile{"DynamoDB_20120810", "application/x-amz-json-1.0", true, true, errors::service_errors()},
      std::move(operations));
}

}  // namespace millrace::dynamodb
