// PutScalingPolicy, DeleteScalingPolicy, DescribeScalingPolicies.

#include "emulator/base/arn.h"
#include "emulator/services/autoscaling/scaling.h"
#include "emulator/services/autoscaling/tracking.h"
#include "emulator/storage/documents.h"

namespace millrace::autoscaling {

using namespace protocol;

namespace {

/// DynamoDB and Lambda are scaled towards a target, not by steps. Source: user guide, "Step scaling policies", limitations.
Result<std::string> policy_type(const Json& in, const std::string& before) {
  const std::string type = text_of(in, "PolicyType", before.empty() ? "StepScaling" : before.c_str());
  const bool tracking = type == "TargetTrackingScaling";
  if (!tracking) {
    const char* service = text_of(in, "ServiceNamespace") == "lambda" ? "Lambda" : "DynamoDB";
    return bad(std::string(service) + " only supports TargetTrackingScaling policy type");  // unverified
  }
  if (tracking && before.empty() && !find(in, "TargetTrackingScalingPolicyConfiguration"))
    return bad("TargetTrackingScalingPolicyConfiguration is required for TargetTrackingScaling.");  // unverified
  return type;
}

Operation put_policy(Scaling& scaling) {
  static const Shape input = [] {
    std::vector<Member> members = target_members(true);
    members.push_back(required("PolicyName", string().length(1, 256)));
    members.push_back(
        optional("PolicyType", string().one_of({"StepScaling", "TargetTrackingScaling", "PredictiveScaling"})));
    members.push_back(
        optional("StepScalingPolicyConfiguration",
                 structure({optional("AdjustmentType",
                                     string().one_of({"ChangeInCapacity", "PercentChangeInCapacity", "ExactCapacity"})),
                            optional("MetricAggregationType", string().one_of({"Average", "Minimum", "Maximum"}))})));
    members.push_back(
        optional("TargetTrackingScalingPolicyConfiguration", structure({required("TargetValue", number())})));
    return structure(std::move(members));
  }();
  auto handle = [&scaling](Call& call) -> Result<Json> {
    const Json& in = call.input;
    const Place place = place_of(call);
    const TargetName name = target_of(in);
    const std::string policy_name = text_of(in, "PolicyName"), key = document_key(place, "policy", name, policy_name);
    std::vector<std::string> former;
    auto put = scaling.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      if (!read_target(txn, place, name)) return no_target(name);
      auto policy = storage::get_document(txn, key);
      TRY(std::string type, policy_type(in, policy ? text_of(*policy, "PolicyType") : ""));
      if (!policy) {
        const std::string arn =
            make_arn("autoscaling", place.region, place.account,
                     "scalingPolicy:" + scaling.context.random.uuid() + ":resource/" + name.service_namespace + "/" +
                         name.resource_id + ":policyName/" + policy_name);
        policy = Json{{"PolicyARN", arn},
                      {"PolicyName", policy_name},
                      {"ServiceNamespace", name.service_namespace},
                      {"ResourceId", name.resource_id},
                      {"ScalableDimension", name.dimension},
                      {"CreationTime", epoch_seconds(scaling.now())}};
      }
      (*policy)["PolicyType"] = type;
      for (const char* member : {"StepScalingPolicyConfiguration", "TargetTrackingScalingPolicyConfiguration"}) {
        if (const Json* value = find(in, member)) (*policy)[member] = *value;
      }
      former = alarm_names(*policy);
      (*policy)["_alarms"] = new_alarm_names(scaling.context.random, name, *policy);
      storage::put_document(txn, key, *policy);
      return std::move(*policy);
    });
    if (put.has_error()) return put;
    scaling.put_alarms(place, *put, former);
    return Json{{"PolicyARN", (*put)["PolicyARN"]}, {"Alarms", shown_alarms(place, *put)}};
  };
  return {.name = "PutScalingPolicy",
          .input = &input,
          .access = access_to("PutScalingPolicy"),
          .handle = JsonHandler(handle)};
}

Operation delete_policy(Scaling& scaling) {
  static const Shape input = [] {
    std::vector<Member> members = target_members(true);
    members.push_back(required("PolicyName", string().length(1, 1600)));
    return structure(std::move(members));
  }();
  auto handle = [&scaling](Call& call) -> Result<Json> {
    const TargetName name = target_of(call.input);
    const std::string policy = text_of(call.input, "PolicyName");
    const std::string key = document_key(place_of(call), "policy", name, policy);
    std::optional<Json> gone;
    TRY(Json answer, scaling.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      gone = storage::get_document(txn, key);
      if (!gone)  // unverified
        return AwsError(errors::not_found, "No scaling policy found for service namespace: " + name.service_namespace +
                                               ", resource ID: " + name.resource_id +
                                               ", scalable dimension: " + name.dimension + ": " + policy);
      txn.erase(storage::Family::meta, key);
      return Json::object();
    }));
    remove_alarms(scaling, place_of(call), {*gone});
    return answer;
  };
  return {.name = "DeleteScalingPolicy",
          .input = &input,
          .access = access_to("DeleteScalingPolicy"),
          .handle = JsonHandler(handle)};
}

Operation describe_policies(Scaling& scaling) {
  static const Shape input = [] {
    std::vector<Member> members = target_members(false);
    members.push_back(optional("PolicyNames", list(string().length(1, 1600)).length(-1, 50)));
    members.push_back(optional("MaxResults", integer()));
    members.push_back(optional("NextToken", string()));
    return structure(std::move(members));
  }();
  auto handle = [&scaling](Call& call) -> Result<Json> {
    std::vector<Json> all;
    for (Json& policy : list_all(scaling.context.store, place_of(call), "policy")) {
      if (!passes(policy, call.input, "PolicyNames", "PolicyName")) continue;
      policy["Alarms"] = shown_alarms(place_of(call), policy);
      policy.erase("_alarms");
      all.push_back(std::move(policy));
    }
    return page_of(call, "ScalingPolicies", all, "PolicyName");
  };
  return {.name = "DescribeScalingPolicies",
          .input = &input,
          .access = access_to("DescribeScalingPolicies"),
          .handle = JsonHandler(handle)};
}

}  // namespace

Operations policy_operations(Scaling& scaling) {
  return {put_policy(scaling), delete_policy(scaling), describe_policies(scaling)};
}

}  // namespace millrace::autoscaling
