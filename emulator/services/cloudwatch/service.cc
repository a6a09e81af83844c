#include "emulator/services/cloudwatch/service.h"

#include "emulator/ports/explainers.h"
#include "emulator/protocol/tag_keys.h"
#include "emulator/services/cloudwatch/alarm_port.h"
#include "emulator/services/cloudwatch/alarms.h"
#include "emulator/services/cloudwatch/errors.h"
#include "emulator/services/cloudwatch/faces.h"
#include "emulator/services/cloudwatch/kept_lists.h"
#include "emulator/services/cloudwatch/metered_invoker.h"

namespace millrace::cloudwatch {

namespace {

std::vector<protocol::Operation> all_operations(CloudWatch& watch) {
  std::vector<protocol::Operation> out = {
      put_metric_data(watch),        list_metrics(watch),           get_metric_data(watch),
      get_metric_statistics(watch),  put_metric_alarm(watch),       put_composite_alarm(watch),
      delete_alarms(watch),          set_alarm_state(watch),        enable_alarm_actions(watch),
      disable_alarm_actions(watch),  describe_alarms(watch),        describe_alarms_for_metric(watch),
      describe_alarm_history(watch), put_dashboard(watch),          get_dashboard(watch),
      list_dashboards(watch),        delete_dashboards(watch),      tag_resource(watch),
      untag_resource(watch),         list_tags_for_resource(watch), put_alarm_mute_rule(watch),
      get_alarm_mute_rule(watch),    list_alarm_mute_rules(watch),  delete_alarm_mute_rule(watch),
  };
  add_anomaly_detectors(out, watch);
  add_insight_rules(out, watch);
  add_metric_streams(out, watch);
  return out;
}

/// unverified: the words
AwsError reserved_tag(const std::string& key) {
  return errors::invalid_value("Tag keys beginning with aws: are reserved for AWS use. Tag key: " + key);
}

/// In the order of construction.
struct RoomState {
  RoomState(const ServiceContext& context, delivery::Deliveries& deliveries)
      : counts(context), watch(std::make_shared<CloudWatch>(context, deliveries, counts)) {}
  Counts counts;
  std::shared_ptr<CloudWatch> watch;
  AlarmPort alarms{*watch};
};

bool has_alarms(const storage::Reader& reader) {
  bool any = false;
  storage::each_document(reader, storage::document_key({"cloudwatch"}), "", [&](std::string_view key, const Json&) {
    any = storage::is_of_kind(key, "alarm");
    return !any;
  });
  return any;
}

}  // namespace

Room make_room(const RoomContext& context, ports::Ports& ports) {
  auto state = std::make_shared<RoomState>(context, ports.get<delivery::Deliveries>());
  ports.offer<ports::Metrics>(state->counts);
  ports.offer<ports::Alarms>(state->alarms);
  CloudWatch* watch = state->watch.get();
  ports.get<ports::Explainers>().add([watch](const std::string& name) { return explain(*watch, name); });
  auto start = [watch] {
    if (has_alarms(watch->context.store)) watch_alarms(*watch);
  };
  return {.name = "cloudwatch",
          .state = state,
          .faces = {{.service = std::make_shared<CloudWatchService>(
                         state->watch, protocol::refusing_reserved_tags(all_operations(*watch), reserved_tag)),
                     .scopes = {"monitoring"},
                     .targets = {"GraniteServiceVersion20100801"},
                     .versions = {"2010-08-01"},
                     .claims = is_cbor_request}},
          .start = start,
          .stop_sending = [watch] { watch->firings->stop(); },
          .stop = [state = state.get()] { state->counts.stop(); }};
}

Room make_metered_invoker(const RoomContext&, ports::Ports& ports) {
  auto metered = std::make_shared<MeteredInvoker>(ports.get<ports::Invoker>(), ports.get<ports::Metrics>(),
                                                  ports.find<ports::Environments>().get());
  ports.offer<ports::Invoker>(*metered);
  return {.name = "metered-invoker", .state = metered};
}

}  // namespace millrace::cloudwatch
