#include "emulator/services/dynamodb/service.h"

#include "emulator/ports/resources.h"
#include "emulator/services/dynamodb/errors.h"
#include "emulator/services/dynamodb/items/ongoing_transactions.h"
#include "emulator/services/dynamodb/items/operations.h"
#include "emulator/services/dynamodb/items/throttle.h"
#include "emulator/services/dynamodb/table/resource_policy.h"
#include "emulator/services/dynamodb/table/table_service.h"

namespace millrace::dynamodb {

namespace {

std::vector<protocol::Operation> all_operations(TableService& tables, const ItemContext& items) {
  std::vector<protocol::Operation> all = table_operations(tables);
  for (auto& operation : item_operations(items)) all.push_back(std::move(operation));
  return all;
}

/// The protocol's face, together with the state that its operations are bound to.
class DynamodbService final : public protocol::JsonService {
 public:
  DynamodbService(std::unique_ptr<TableService> table_service, const ItemContext& items,
                  std::unique_ptr<OngoingTransactions> ongoing, std::unique_ptr<Throttle> throttle)
      : JsonService({"DynamoDB_20120810", "application/x-amz-json-1.0", true, errors::service_errors()},
                    all_operations(*table_service, items)),
        table_service_(std::move(table_service)),
        ongoing_(std::move(ongoing)),
        throttle_(std::move(throttle)) {}

 private:
  std::unique_ptr<TableService> table_service_;
  // The operations point to these.
  std::unique_ptr<OngoingTransactions> ongoing_;
  std::unique_ptr<Throttle> throttle_;
};

}  // namespace

std::shared_ptr<protocol::Service> make_service(ServiceContext context, tables::Tables& tables, ports::Objects* objects,
                                                std::shared_ptr<ports::Keys> keys, ports::Faults* faults) {
  auto throttle = context.throttle ? std::make_unique<Throttle>(context.clock) : nullptr;
  auto ongoing = std::make_unique<OngoingTransactions>();
  ItemContext items{context.store, tables, context.clock, context.random, *ongoing, throttle.get(), faults};
  auto table_service = std::make_unique<TableService>(std::move(context), tables, objects, std::move(keys));
  return std::make_shared<DynamodbService>(std::move(table_service), items, std::move(ongoing), std::move(throttle));
}

Room make_room(const RoomContext& context, ports::Ports& ports) {
  auto tables = std::make_shared<tables::Tables>(context.store, context.clock, context.random);
  ports.offer<tables::Tables>(*tables);
  ports.get<ports::Resources>().add_policies(
      "dynamodb", [tables = tables.get()](const std::string& arn) { return resource_policy(*tables, arn); });
  Face face{.service = make_service(context, *tables, &ports.get<ports::Objects>(), ports.share<ports::Keys>(),
                                    ports.find<ports::Faults>().get()),
            .scopes = {"dynamodb"},
            .targets = {"DynamoDB_20120810"},
            .health = "healthy: dynamodb." + context.default_region + ".amazonaws.com "};
  return {.name = "dynamodb", .state = tables, .faces = {std::move(face)}};
}

}  // namespace millrace::dynamodb
