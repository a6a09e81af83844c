// PutScheduledAction, DeleteScheduledAction, DescribeScheduledActions.

#include "emulator/base/arn.h"
#include "emulator/services/autoscaling/scaling.h"
#include "emulator/storage/documents.h"

namespace millrace::autoscaling {

using namespace protocol;

namespace {

Operation put_action(Scaling& scaling) {
  static const Shape input = [] {
    std::vector<Member> members = target_members(true);
    members.push_back(required("ScheduledActionName", string().length(1, 256)));
    members.push_back(optional("Schedule", string().length(1, 1600)));
    members.push_back(optional("Timezone", string().length(1, 1600)));
    members.push_back(optional("StartTime", timestamp()));
    members.push_back(optional("EndTime", timestamp()));
    members.push_back(optional("ScalableTargetAction",
                               structure({optional("MinCapacity", integer()), optional("MaxCapacity", integer())})));
    return structure(std::move(members));
  }();
  auto handle = [&scaling](Call& call) -> Result<Json> {
    const Json& in = call.input;
    const Place place = place_of(call);
    const TargetName name = target_of(in);
    const std::string action_name = text_of(in, "ScheduledActionName");
    const std::string key = document_key(place, "action", name, action_name);
    if (auto schedule = optional_text(in, "Schedule")) TRY_VOID(check_schedule(*schedule, text_of(in, "Timezone")));
    auto put = scaling.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      if (!read_target(txn, place, name)) return no_target(name);
      auto action = storage::get_document(txn, key);
      if (!action && !find(in, "Schedule"))  // unverified
        return bad("Schedule is required for a new scheduled action.");
      if (!action) {
        const std::string arn =
            make_arn("autoscaling", place.region, place.account,
                     "scheduledAction:" + scaling.context.random.uuid() + ":resource/" + name.service_namespace + "/" +
                         name.resource_id + ":scheduledActionName/" + action_name);
        action = Json{{"account", place.account},
                      {"region", place.region},
                      {"ScheduledActionName", action_name},
                      {"ScheduledActionARN", arn},
                      {"ServiceNamespace", name.service_namespace},
                      {"ResourceId", name.resource_id},
                      {"ScalableDimension", name.dimension},
                      {"CreationTime", epoch_seconds(scaling.now())}};
      }
      // "If you don't specify start and end times, the old values are deleted" (PutScheduledAction).
      for (const char* member : {"StartTime", "EndTime"}) action->erase(member);
      for (const char* member : {"Schedule", "Timezone", "StartTime", "EndTime", "ScalableTargetAction"}) {
        if (const Json* value = find(in, member)) (*action)[member] = *value;
      }
      storage::put_document(txn, key, *action);
      return std::move(*action);
    });
    if (put.has_error()) return put;
    scaling.arm(place, *put);
    return Json::object();
  };
  return {.name = "PutScheduledAction",
          .input = &input,
          .access = access_to("PutScheduledAction"),
          .handle = JsonHandler(handle)};
}

Operation delete_action(Scaling& scaling) {
  static const Shape input = [] {
    std::vector<Member> members = target_members(true);
    members.push_back(required("ScheduledActionName", string().length(1, 1600)));
    return structure(std::move(members));
  }();
  auto handle = [&scaling](Call& call) -> Result<Json> {
    const TargetName name = target_of(call.input);
    const std::string action = text_of(call.input, "ScheduledActionName");
    const std::string key = document_key(place_of(call), "action", name, action);
    return scaling.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      if (!storage::get_document(txn, key))  // unverified
        return AwsError(errors::not_found,
                        "No scheduled action found for service namespace: " + name.service_namespace +
                            ", resource ID: " + name.resource_id + ", scheduled action name: " + action);
      txn.erase(storage::Family::meta, key);
      return Json::object();
    });
  };
  return {.name = "DeleteScheduledAction",
          .input = &input,
          .access = access_to("DeleteScheduledAction"),
          .handle = JsonHandler(handle)};
}

Operation describe_actions(Scaling& scaling) {
  static const Shape input = [] {
    std::vector<Member> members = target_members(false);
    members.push_back(optional("ScheduledActionNames", list(string().length(1, 1600)).length(-1, 50)));
    members.push_back(optional("MaxResults", integer()));
    members.push_back(optional("NextToken", string()));
    return structure(std::move(members));
  }();
  auto handle = [&scaling](Call& call) -> Result<Json> {
    std::vector<Json> all;
    for (Json& action : list_all(scaling.context.store, place_of(call), "action")) {
      if (!passes(action, call.input, "ScheduledActionNames", "ScheduledActionName")) continue;
      for (const char* member : {"account", "region"}) action.erase(member);
      all.push_back(std::move(action));
    }
    return page_of(call, "ScheduledActions", all, "ScheduledActionName");
  };
  return {.name = "DescribeScheduledActions",
          .input = &input,
          .access = access_to("DescribeScheduledActions"),
          .handle = JsonHandler(handle)};
}

}  // namespace

Operations action_operations(Scaling& scaling) {
  return {put_action(scaling), delete_action(scaling), describe_actions(scaling)};
}

}  // namespace millrace::autoscaling
