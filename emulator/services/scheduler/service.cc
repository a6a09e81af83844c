#include "emulator/services/scheduler/service.h"

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

class SchedulerService final : public protocol::RestJsonService {
 public:
  explicit SchedulerService(std::shared_ptr<Scheduler> scheduler)
      : RestJsonService(Profile{errors::service_errors()}, all_operations(*scheduler)),
        scheduler_(std::move(scheduler)) {}

 private:
  std::shared_ptr<Scheduler> scheduler_;  // the operations are bound to it
};

}  // namespace

Room make_room(ServiceContext context, Ports ports) {
  auto scheduler = std::make_shared<Scheduler>(std::move(context), ports.deliveries, ports.metrics, ports.authority);
  Room room;
  room.service = std::make_shared<SchedulerService>(scheduler);
  room.start = [scheduler] { plan_all(*scheduler); };
  room.stop = [scheduler] { scheduler->firings->stop(); };
  return room;
}

}  // namespace millrace::scheduler
