#include "emulator/services/dynamodb/service.h"

#include "emulator/ports/resources.h"
#include "emulator/services/dynamodb/errors.h"
#include "emulator/services/dynamodb/items/ongoing_transactions.h"
#include "emulator/services/dynamodb/items/operations.h"
#include "emulator/services/dynamodb/items/throttle.h"
#include "emulator/services/dynamodb/meter.h"
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
                  std::unique_ptr<OngoingTransactions> ongoing, std::unique_ptr<Throttle> throttle,
                  std::shared_ptr<Meter> meter)
      : JsonService({"DynamoDB_20120810", "application/x-amz-json-1.0", true, errors::service_errors()},
                    all_operations(*table_service, items)),
        table_service_(std::move(table_service)),
        ongoing_(std::move(ongoing)),
        throttle_(std::move(throttle)),
        meter_(std::move(meter)) {}

  /// Whatever refuses a request, it comes by here.
  protocol::HttpReply render_error(const protocol::Call& call, const AwsError& error) const override {
    if (meter_) meter_->refused(call, error);
    return JsonService::render_error(call, error);
  }

 private:
  std::unique_ptr<TableService> table_service_;
  // The operations point to these.
  std::unique_ptr<OngoingTransactions> ongoing_;
  std::unique_ptr<Throttle> throttle_;
  std::shared_ptr<Meter> meter_;
};

}  // namespace

std::shared_ptr<protocol::Service> make_service(ServiceContext context, tables::Tables& tables, ports::Objects* objects,
                                                std::shared_ptr<ports::Keys> keys, Collaborators others) {
  const auto& [identity, meter, faults, background] = others;
  auto throttle = context.throttle ? std::make_unique<Throttle>(context.clock, meter.get()) : nullptr;
  auto ongoing = std::make_unique<OngoingTransactions>();
  ItemContext items{context.store,
                    tables,
                    context.clock,
                    context.random,
                    *ongoing,
                    throttle.get(),
                    // A stand-in that only names keys has none to use.
                    {dynamic_cast<ports::Encryption*>(keys.get()), identity, "dynamodb"},
                    meter.get(),
                    faults};
  auto table_service = std::make_unique<TableService>(std::move(context), tables, objects, std::move(keys), identity);
  table_service->meter = meter;
  if (background) *background = &table_service->background.work();
  return std::make_shared<DynamodbService>(std::move(table_service), items, std::move(ongoing), std::move(throttle),
                                           meter);
}

Room make_room(const RoomContext& context, ports::Ports& ports) {
  auto tables = std::make_shared<tables::Tables>(context.store, context.clock, context.random);
  ports.offer<tables::Tables>(*tables);
  ports.get<ports::Resources>().add_policies(
      "dynamodb", [tables = tables.get()](const std::string& arn) { return resource_policy(*tables, arn); });
  auto meter = std::make_shared<Meter>(context.clock, ports);
  WorkInProgress* background = nullptr;
  Face face{.service =
                make_service(context, *tables, &ports.get<ports::Objects>(), ports.share<ports::Keys>(),
                             {&ports.get<protocol::Identity>(), meter, ports.find<ports::Faults>().get(), &background}),
            .scopes = {"dynamodb"},
            .targets = {"DynamoDB_20120810"},
            .health = "healthy: dynamodb." + context.default_region + ".amazonaws.com "};
  auto start = [metrics = &ports, meter, tables = tables.get()] {
    auto counts = metrics->find<ports::Metrics>();
    if (!counts) return;
    counts->sample_by([meter, tables](Millis now) {
      return meter->sample(now, [tables](uint64_t id) { return tables->catalog.by_id(id); });
    });
  };
  return {.name = "dynamodb",
          .state = tables,
          .faces = {std::move(face)},
          .in_progress = {{"tables' background work", background}},
          .start = start};
}

}  // namespace millrace::dynamodb
