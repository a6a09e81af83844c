// RegisterScalableTarget, DeregisterScalableTarget, DescribeScalableTargets, DescribeScalingActivities.

#include <fmt/format.h>

#include <algorithm>

#include "emulator/base/arn.h"
#include "emulator/base/page_token.h"
#include "emulator/protocol/pages.h"
#include "emulator/services/autoscaling/scaling.h"
#include "emulator/storage/documents.h"

namespace millrace::autoscaling {

using namespace protocol;

namespace {

constexpr size_t kTagsMax = 50;

std::string linked_role(const Place& place, const TargetName& name) {
  const bool lambda = name.service_namespace == "lambda";
  return "arn:aws:iam::" + place.account + ":role/aws-service-role/" + name.service_namespace +
         ".application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_" +
         (lambda ? "LambdaConcurrency" : "DynamoDBTable");
}

/// Only what millrace has can be scaled.
Result<void> check_kind(const TargetName& name) {
  if (name.service_namespace == "dynamodb") {
    const bool index = name.resource_id.find("/index/") != std::string::npos;
    const std::string prefix = index ? "dynamodb:index:" : "dynamodb:table:";
    if (name.resource_id.starts_with("table/") &&
        (name.dimension == prefix + "ReadCapacityUnits" || name.dimension == prefix + "WriteCapacityUnits"))
      return {};
    return bad("Unsupported service namespace, resource type or scalable dimension");
  }
  if (name.service_namespace == "lambda") {
    if (name.resource_id.starts_with("function:") && name.dimension == "lambda:function:ProvisionedConcurrency")
      return {};
    return bad("Unsupported service namespace, resource type or scalable dimension");
  }
  return AwsError(errors::not_implemented, "Scaling of " + name.service_namespace + " is not implemented.");
}

Result<Json> edited(const Scaling& scaling, const Call& call, std::optional<Json> target) {
  const Json& in = call.input;
  const Place place = place_of(call);
  const TargetName name = target_of(in);
  if (!target) {
    if (!find(in, "MinCapacity") || !find(in, "MaxCapacity"))  // unverified
      return bad("Both MinCapacity and MaxCapacity must be specified for a new scalable target.");
    const std::string id = scaling.context.random.hex(32);
    target = Json{{"account", place.account},
                  {"region", place.region},
                  {"ServiceNamespace", name.service_namespace},
                  {"ResourceId", name.resource_id},
                  {"ScalableDimension", name.dimension},
                  {"RoleARN", linked_role(place, name)},
                  {"CreationTime", epoch_seconds(scaling.now())},
                  {"SuspendedState",
                   {{"DynamicScalingInSuspended", false},
                    {"DynamicScalingOutSuspended", false},
                    {"ScheduledScalingSuspended", false}}},
                  {"ScalableTargetARN",
                   make_arn("application-autoscaling", place.region, place.account, "scalable-target/" + id)},
                  {"tags", in.value("Tags", Json::object())}};
  } else if (!in.value("Tags", Json::object()).empty()) {
    return bad(
        "The scalable target that you tried to tag already exists. To update tags on an existing scalable target, use "
        "the "
        "TagResource API.");
  }
  for (const char* member : {"MinCapacity", "MaxCapacity", "RoleARN"}) {
    if (const Json* value = find(in, member)) (*target)[member] = *value;
  }
  if (const Json* suspended = find(in, "SuspendedState")) {
    for (const auto& [member, value] : suspended->items()) (*target)["SuspendedState"][member] = value;
  }
  if (int_of(*target, "MinCapacity") > int_of(*target, "MaxCapacity"))
    return bad("Maximum capacity cannot be less than minimum capacity");
  return std::move(*target);
}

Operation register_target(Scaling& scaling) {
  static const Shape input = [] {
    std::vector<Member> members = target_members(true);
    members.push_back(optional("MinCapacity", integer()));
    members.push_back(optional("MaxCapacity", integer()));
    members.push_back(optional("RoleARN", string().length(1, 1600)));
    members.push_back(optional("SuspendedState", structure({optional("DynamicScalingInSuspended", boolean()),
                                                            optional("DynamicScalingOutSuspended", boolean()),
                                                            optional("ScheduledScalingSuspended", boolean())})));
    members.push_back(optional("Tags", map(string().length(0, 256)).length(0, kTagsMax)));
    return structure(std::move(members));
  }();
  auto handle = [&scaling](Call& call) -> Result<Json> {
    const Place place = place_of(call);
    const TargetName name = target_of(call.input);
    TRY_VOID(check_kind(name));
    TRY_VOID(scaling.capacity(place, name));
    auto out = scaling.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY(Json target, edited(scaling, call, read_target(txn, place, name)));
      storage::put_document(txn, document_key(place, "target", name), target);
      return Json{{"ScalableTargetARN", target["ScalableTargetARN"]}};
    });
    if (out.has_value()) scaling.clamp_later(place, name, "the scalable target was registered");
    return out;
  };
  return {.name = "RegisterScalableTarget",
          .input = &input,
          .access = access_to("RegisterScalableTarget"),
          .handle = JsonHandler(handle)};
}

Operation deregister_target(Scaling& scaling) {
  static const Shape input = structure(target_members(true));
  auto handle = [&scaling](Call& call) -> Result<Json> {
    const Place place = place_of(call);
    const TargetName name = target_of(call.input);
    std::vector<Json> policies;
    TRY(Json answer, scaling.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      if (!read_target(txn, place, name)) return no_target(name);
      policies = storage::list_documents(
          txn, storage::document_key({"autoscaling", place.account, place.region, "policy", name.service_namespace,
                                      name.resource_id, name.dimension}));
      for (const char* kind : {"target", "policy", "action", "activities", "scaled"}) {
        const std::string prefix = storage::document_key({"autoscaling", place.account, place.region, kind,
                                                          name.service_namespace, name.resource_id, name.dimension});
        txn.erase_range(storage::Family::meta, prefix, storage::prefix_end(prefix));
      }
      return Json::object();
    }));
    remove_alarms(scaling, place, policies);
    return answer;
  };
  return {.name = "DeregisterScalableTarget",
          .input = &input,
          .access = access_to("DeregisterScalableTarget"),
          .handle = JsonHandler(handle)};
}

Shape describe_input() {
  std::vector<Member> members = target_members(false);
  members.push_back(optional("ResourceIds", list(string().length(1, 1600)).length(-1, 50)));
  members.push_back(optional("MaxResults", integer()));
  members.push_back(optional("NextToken", string()));
  members.push_back(optional("IncludeNotScaledActivities", boolean()));
  return structure(std::move(members));
}

Operation describe_targets(Scaling& scaling) {
  static const Shape input = describe_input();
  auto handle = [&scaling](Call& call) -> Result<Json> {
    std::vector<Json> all;
    for (Json& target : list_all(scaling.context.store, place_of(call), "target")) {
      if (!passes(target, call.input, "ResourceIds", "ResourceId")) continue;
      for (const char* member : {"account", "region", "tags"}) target.erase(member);
      all.push_back(std::move(target));
    }
    return page_of(call, "ScalableTargets", all, "");
  };
  return {.name = "DescribeScalableTargets",
          .input = &input,
          .access = access_to("DescribeScalableTargets"),
          .handle = JsonHandler(handle)};
}

/// Where an activity stands among the others: behind those that are newer.
std::string position_of(const Json& activity) {
  constexpr Millis kEnd = 99'999'999'999'999;
  const auto at = static_cast<Millis>(activity.value("StartTime", 0.0) * 1000.0);
  return fmt::format("{:014} ", kEnd - at) + text_of(activity, "ActivityId");
}

Operation describe_activities(Scaling& scaling) {
  static const Shape input = describe_input();
  auto handle = [&scaling](Call& call) -> Result<Json> {
    std::vector<std::pair<std::string, Json>> all;  // by their positions: the newest first
    for (const Json& kept : list_all(scaling.context.store, place_of(call), "activities")) {
      for (const Json& activity : kept["list"]) {
        if (passes(activity, call.input, "", "")) all.emplace_back(position_of(activity), activity);
      }
    }
    std::sort(all.begin(), all.end());
    const auto most = static_cast<size_t>(std::clamp<int64_t>(int_of(call.input, "MaxResults", 50), 1, 50));
    auto pager =
        Pager::open(list_name(call, text_of(call.input, "ServiceNamespace")), text_of(call.input, "NextToken"), most);
    if (!pager) return AwsError(errors::invalid_token, "Invalid NextToken");
    Json out{{"ScalingActivities", Json::array()}};
    for (auto& [position, activity] : all) {
      if (pager->takes(position)) out["ScalingActivities"].push_back(std::move(activity));
    }
    if (auto next = pager->next_token()) out["NextToken"] = std::move(*next);
    return out;
  };
  return {.name = "DescribeScalingActivities",
          .input = &input,
          .access = access_to("DescribeScalingActivities"),
          .handle = JsonHandler(handle)};
}

}  // namespace

Operations target_operations(Scaling& scaling) {
  return {register_target(scaling), deregister_target(scaling), describe_targets(scaling),
          describe_activities(scaling)};
}

}  // namespace millrace::autoscaling
