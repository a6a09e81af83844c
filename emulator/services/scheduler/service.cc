#include "emulator/services/scheduler/service.h"

#include "emulator/ports/explainers.h"
#include "emulator/protocol/tag_keys.h"
#include "emulator/services/scheduler/scheduler.h"

namespace millrace::scheduler {

namespace {

std::vector<protocol::Operation> all_operations(Scheduler& scheduler) {
  return {
      create_schedule(scheduler),    get_schedule(scheduler),          update_schedule(scheduler),
      delete_schedule(scheduler),    list_schedules(scheduler),        create_schedule_group(scheduler),
      get_schedule_group(scheduler), delete_schedule_group(scheduler), list_schedule_groups(scheduler),
      tag_resource(scheduler),       untag_resource(scheduler),        list_tags_for_resource(scheduler),
  };
}

/// unverified: the words
AwsError reserved_tag(const std::string& key) {
  return errors::invalid("Tag keys beginning with aws: are reserved for AWS use. Tag key: " + key);
}

class SchedulerService final : public protocol::RestJsonService {
 public:
  explicit SchedulerService(std::shared_ptr<Scheduler> scheduler)
      : RestJsonService(Profile{errors::service_errors()},
                        protocol::refusing_reserved_tags(all_operations(*scheduler), reserved_tag)),
        scheduler_(std::move(scheduler)) {}

 private:
  std::shared_ptr<Scheduler> scheduler_;  // the operations are bound to it
};

}  // namespace

Room make_room(const RoomContext& context, ports::Ports& ports) {
  auto scheduler =
      std::make_shared<Scheduler>(context, ports.get<delivery::Deliveries>(), ports.get<ports::Authority>());
  ports.get<ports::Explainers>().add(
      [scheduler = scheduler.get()](const std::string& name) { return explain(*scheduler, name); });
  return {.name = "scheduler",
          .state = scheduler,
          .faces = {{.service = std::make_shared<SchedulerService>(scheduler), .scopes = {"scheduler"}}},
          .start = [scheduler = scheduler.get()] { plan_all(*scheduler); },
          .stop_sending = [scheduler = scheduler.get()] { scheduler->firings->stop(); }};
}

}  // namespace millrace::scheduler
