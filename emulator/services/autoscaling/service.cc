#include "emulator/services/autoscaling/service.h"

#include "emulator/services/autoscaling/scaling.h"

namespace millrace::autoscaling {

namespace {

Operations all_operations(Scaling& scaling) {
  Operations all;
  for (auto family : {target_operations, policy_operations, action_operations, tag_operations}) {
    for (protocol::Operation& operation : family(scaling)) all.push_back(std::move(operation));
  }
  return all;
}

class AutoScalingService final : public protocol::JsonService {
 public:
  explicit AutoScalingService(std::shared_ptr<Scaling> scaling)
      : JsonService({"AnyScaleFrontendService", "application/x-amz-json-1.1", false, errors::service_errors()},
                    all_operations(*scaling)),
        scaling_(std::move(scaling)) {}

 private:
  std::shared_ptr<Scaling> scaling_;  // the operations are bound to it
};

}  // namespace

Room make_room(const RoomContext& context, ports::Ports& ports) {
  auto scaling = std::make_shared<Scaling>(context, ports.get<ports::ServiceCalls>());
  return {.name = "autoscaling",
          .state = scaling,
          .faces = {{.service = std::make_shared<AutoScalingService>(scaling),
                     .scopes = {"application-autoscaling"},
                     .targets = {"AnyScaleFrontendService"}}},
          .start = [scaling = scaling.get()] { scaling->start(); },
          .stop = [scaling = scaling.get()] { scaling->stop(); }};
}

}  // namespace millrace::autoscaling
