#include "emulator/services/dynamodb/service.h"

#include "emulator/services/dynamodb/errors.h"
#include "emulator/services/dynamodb/table/table_service.h"

namespace millrace::dynamodb {

namespace {

/// The protocol's face, together with the state that its operations are bound to.
class DynamodbService final : public protocol::JsonService {
 public:
  explicit DynamodbService(std::unique_ptr<TableService> table_service)
      : JsonService({"DynamoDB_20120810", "application/x-amz-json-1.0", true, true, errors::service_errors()},
                    table_operations(*table_service)),
        table_service_(std::move(table_service)) {}

 private:
  std::unique_ptr<TableService> table_service_;
};

}  // namespace

std::shared_ptr<protocol::Service> make_service(ServiceContext context, tables::Tables& tables,
                                                ports::Objects* objects) {
  return std::make_shared<DynamodbService>(
      std::make_unique<TableService>(std::move(context), tables, objects));
}

}  // namespace millrace::dynamodb
