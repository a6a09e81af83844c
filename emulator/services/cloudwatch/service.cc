#include "emulator/services/cloudwatch/service.h"

#include "emulator/services/cloudwatch/alarms.h"
#include "emulator/services/cloudwatch/faces.h"

namespace millrace::cloudwatch {

namespace {

std::vector<protocol::Operation> all_operations(CloudWatch& watch) {
  return {
      put_metric_data(watch),        list_metrics(watch),           get_metric_data(watch),
      get_metric_statistics(watch),  put_metric_alarm(watch),       put_composite_alarm(watch),
      delete_alarms(watch),          set_alarm_state(watch),        enable_alarm_actions(watch),
      disable_alarm_actions(watch),  describe_alarms(watch),        describe_alarms_for_metric(watch),
      describe_alarm_history(watch), put_dashboard(watch),          get_dashboard(watch),
      list_dashboards(watch),        delete_dashboards(watch),      tag_resource(watch),
      untag_resource(watch),         list_tags_for_resource(watch),
  };
}

}  // namespace

std::shared_ptr<Counts> make_counts(const ServiceContext& context) {
  return std::make_shared<Counts>(context);
}
std::shared_ptr<ports::Metrics> as_metrics(std::shared_ptr<Counts> counts) {
  return counts;
}

Room make_room(ServiceContext context, delivery::Deliveries& deliveries, std::shared_ptr<Counts> counts) {
  auto watch = std::make_shared<CloudWatch>(std::move(context), deliveries, *counts);
  Room room;
  room.service = std::make_shared<CloudWatchService>(watch, all_operations(*watch));
  room.start = [watch] {
    bool any = false;
    storage::each_document(watch->context.store, storage::document_key({"cloudwatch"}), "",
                           [&](std::string_view, const Json& document) {
                             any = document.contains("AlarmArn");
                             return !any;
                           });
    if (any) watch_alarms(*watch);
  };
  room.stop = [watch, counts] {
    watch->firings->stop();
    counts->stop();
  };
  return room;
}

}  // namespace millrace::cloudwatch
