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

Room make_room(ServiceContext context, CallService call) {
  auto scaling = std::make_shared<Scaling>(std::move(context), std::move(call));
  scaling->start();
  return {std::make_shared<AutoScalingService>(scaling), [scaling] { scaling->stop(); }};
}

}  // namespace millrace::autoscaling
