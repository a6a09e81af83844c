#include "emulator/services/autoscaling/service.h"

#include "emulator/ports/destinations.h"
#include "emulator/protocol/tag_keys.h"
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

/// unverified: the words
AwsError reserved_tag(const std::string& key) {
  return {errors::validation, "Tag keys beginning with aws: are reserved for AWS use. Tag key: " + key};
}

class AutoScalingService final : public protocol::JsonService {
 public:
  explicit AutoScalingService(std::shared_ptr<Scaling> scaling)
      : JsonService({"AnyScaleFrontendService", "application/x-amz-json-1.1", false, errors::service_errors()},
                    protocol::refusing_reserved_tags(all_operations(*scaling), reserved_tag)),
        scaling_(std::move(scaling)) {}

 private:
  std::shared_ptr<Scaling> scaling_;  // the operations are bound to it
};

/// A policy as an alarm's action. What an alarm may do nobody forbids: AWS's own service scales.
ports::Destinations::Target target(Scaling* scaling) {
  return {.action = "application-autoscaling:ExecutePolicy",
          .deliver = [scaling](const std::string& arn, const ports::Message& message,
                               const ports::Destination::Sender&) -> Result<void> {
            scaling->track_later(arn, message.body);
            return {};
          },
          .policy =
              [](const std::string&) {
                return R"({"Statement":[{"Effect":"Allow","Principal":{"Service":"cloudwatch.amazonaws.com"},)"
                       R"("Action":"*","Resource":"*"}]})";
              }};
}

}  // namespace

Room make_room(const RoomContext& context, ports::Ports& ports) {
  auto scaling = std::make_shared<Scaling>(context, ports.get<ports::ServiceCalls>(), ports.get<ports::Alarms>());
  ports.get<ports::Destinations>().add("autoscaling", target(scaling.get()));
  return {.name = "autoscaling",
          .state = scaling,
          .faces = {{.service = std::make_shared<AutoScalingService>(scaling),
                     .scopes = {"application-autoscaling"},
                     .targets = {"AnyScaleFrontendService"}}},
          .in_progress = {{"auto scaling", &scaling->in_progress()}},
          .start = [scaling = scaling.get()] { scaling->start(); },
          .stop = [scaling = scaling.get()] { scaling->stop(); }};
}

}  // namespace millrace::autoscaling
