#include "emulator/services/autoscaling/scaling.h"

#include <algorithm>

#include "emulator/base/log.h"
#include "emulator/base/page_token.h"
#include "emulator/protocol/pages.h"
#include "emulator/storage/documents.h"

namespace millrace::autoscaling {

using namespace protocol;

namespace {

constexpr size_t kActivitiesMax = 100;  // of a target; the oldest go

std::string index_of(const TargetName& name) {
  const size_t at = name.resource_id.find("/index/");
  return at == std::string::npos ? "" : name.resource_id.substr(at + 7);
}

std::string table_of(const TargetName& name) {
  const std::string rest = name.resource_id.substr(name.resource_id.find('/') + 1);
  return rest.substr(0, rest.find('/'));
}

bool is_read(const TargetName& name) {
  return name.dimension.ends_with("ReadCapacityUnits");
}

/// `function:F:alias` as Lambda's input.
Json function_of(const TargetName& name) {
  const std::string rest = name.resource_id.substr(name.resource_id.find(':') + 1);
  const size_t colon = rest.find(':');
  return {{"FunctionName", rest.substr(0, colon)},
          {"Qualifier", colon == std::string::npos ? "" : rest.substr(colon + 1)}};
}

/// The throughput of the table or the index in DescribeTable's answer.
const Json* throughput_of(const Json& table, const TargetName& name) {
  const std::string index = index_of(name);
  if (index.empty()) return find(table, "ProvisionedThroughput");
  const Json* indexes = find(table, "GlobalSecondaryIndexes");
  if (!indexes) return nullptr;
  for (const Json& one : *indexes) {
    if (text_of(one, "IndexName") == index) return find(one, "ProvisionedThroughput");
  }
  return nullptr;
}

}  // namespace

std::string document_key(const Place& place, const char* kind, const TargetName& target, const std::string& name) {
  return storage::document_key({"autoscaling", place.account, place.region, kind, target.service_namespace,
                                target.resource_id, target.dimension, name});
}

std::vector<Json> list_all(const storage::Reader& reader, const Place& place, const char* kind) {
  return storage::list_documents(reader, storage::document_key({"autoscaling", place.account, place.region, kind}));
}

std::optional<Json> read_target(const storage::Reader& reader, const Place& place, const TargetName& name) {
  return storage::get_document(reader, document_key(place, "target", name));
}

Result<int64_t> Scaling::capacity(const Place& place, const TargetName& name) {
  if (name.service_namespace == "lambda") {
    auto config =
        services_.call("lambda", "GetProvisionedConcurrencyConfig", place.account, place.region, function_of(name));
    if (config.has_value()) return int_of(*config, "RequestedProvisionedConcurrentExecutions");
    if (std::string_view(config.error().kind->code) == "ProvisionedConcurrencyConfigNotFoundException") return 0;
    return bad(config.error().message);  // unverified
  }
  auto answer =
      services_.call("dynamodb", "DescribeTable", place.account, place.region, {{"TableName", table_of(name)}});
  const Json* throughput = answer.has_value() ? throughput_of((*answer)["Table"], name) : nullptr;
  if (!throughput) return bad("DynamoDB table does not exist: " + name.resource_id);  // unverified
  return int_of(*throughput, is_read(name) ? "ReadCapacityUnits" : "WriteCapacityUnits");
}

Result<void> Scaling::set_capacity(const Place& place, const TargetName& name, int64_t wanted) {
  if (name.service_namespace == "lambda") {
    Json input = function_of(name);
    if (wanted == 0) {
      TRY_VOID(services_.call("lambda", "DeleteProvisionedConcurrencyConfig", place.account, place.region, input));
      return {};
    }
    input["ProvisionedConcurrentExecutions"] = wanted;
    TRY_VOID(services_.call("lambda", "PutProvisionedConcurrencyConfig", place.account, place.region, input));
    return {};
  }
  TRY(Json answer,
      services_.call("dynamodb", "DescribeTable", place.account, place.region, {{"TableName", table_of(name)}}));
  const Json* before = throughput_of(answer["Table"], name);
  if (!before) return bad("DynamoDB table does not exist: " + name.resource_id);
  Json next{{"ReadCapacityUnits", is_read(name) ? wanted : int_of(*before, "ReadCapacityUnits")},
            {"WriteCapacityUnits", is_read(name) ? int_of(*before, "WriteCapacityUnits") : wanted}};
  Json input{{"TableName", table_of(name)}};
  if (const std::string index = index_of(name); !index.empty()) {
    input["GlobalSecondaryIndexUpdates"] =
        Json::array({{{"Update", {{"IndexName", index}, {"ProvisionedThroughput", next}}}}});
  } else {
    input["ProvisionedThroughput"] = next;
  }
  TRY_VOID(services_.call("dynamodb", "UpdateTable", place.account, place.region, input));
  return {};
}

void Scaling::post(std::function<void()> task) {
  MutexLock lock(mutex_);
  if (stopped_) return;
  if (!thread_) thread_ = std::make_unique<Executor>("auto scaling", 1);
  work_.begin();
  thread_->post([this, task = std::move(task)] {
    task();
    work_.end();
  });
}

void Scaling::stop() {
  std::unique_ptr<Executor> last;
  MutexLock lock(mutex_);
  stopped_ = true;
  last = std::move(thread_);
}

void Scaling::clamp_later(const Place& place, const TargetName& name, const std::string& cause) {
  post([this, place, name, cause] { clamp(place, name, cause); });
}

void Scaling::clamp(const Place& place, const TargetName& name, const std::string& cause) {
  const auto target = read_target(context.store, place, name);
  if (!target) return;
  auto current = capacity(place, name);
  if (current.has_error())
    return note_activity(place, name, "Failed to read the capacity.", cause, current.error().message);
  const int64_t least = int_of(*target, "MinCapacity"), most = int_of(*target, "MaxCapacity");
  const int64_t wanted = std::max(std::min(*current, most), least);
  // On-demand tables have no capacity to set.
  if (wanted == *current || (*current == 0 && name.service_namespace == "dynamodb")) return;
  move(place, name, wanted, cause);
}

/// Sets the capacity, notes it, and moves the alarms' thresholds with it.
void Scaling::move(const Place& place, const TargetName& name, int64_t wanted, const std::string& cause) {
  const auto done = set_capacity(place, name, wanted);
  const std::string unit = name.service_namespace == "lambda" ? "desired concurrency"
                           : is_read(name)                    ? "read capacity units"
                                                              : "write capacity units";
  note_activity(place, name, "Setting " + unit + " to " + std::to_string(wanted) + ".", cause,
                done.has_error() ? done.error().message : "");
  if (done.has_error()) return;
  for (const Json& policy : list_all(context.store, place, "policy")) {
    const TargetName other = target_of(policy);
    if (other.resource_id == name.resource_id && other.dimension == name.dimension) put_alarms(place, policy, {});
  }
}

void Scaling::note_activity(const Place& place, const TargetName& name, const std::string& what,
                            const std::string& cause, const std::string& failure) {
  const Millis at = now();
  Json activity{{"ActivityId", context.random.uuid()},
                {"ServiceNamespace", name.service_namespace},
                {"ResourceId", name.resource_id},
                {"ScalableDimension", name.dimension},
                {"Description", what},
                {"Cause", cause},
                {"StartTime", epoch_seconds(at)},
                {"EndTime", epoch_seconds(at)},
                {"StatusCode", failure.empty() ? "Successful" : "Failed"}};
  activity["StatusMessage"] =
      failure.empty() ? "Successfully done. Change successfully fulfilled by " + name.service_namespace + "." : failure;
  auto kept = context.store.transact([&](storage::Txn& txn) -> Result<void> {
    const std::string key = document_key(place, "activities", name);
    Json activities = storage::get_document(txn, key).value_or(Json{{"list", Json::array()}});
    activities["list"].insert(activities["list"].begin(), activity);
    while (activities["list"].size() > kActivitiesMax) activities["list"].erase(activities["list"].size() - 1);
    storage::put_document(txn, key, activities);
    return {};
  });
  if (kept.has_error()) log::warning("auto scaling: an activity of " + name.resource_id + " isn't kept");
}

void Scaling::start() {
  storage::each_document(context.store, storage::document_key({"autoscaling"}), "",
                         [this](std::string_view, Json document) {
                           if (document.contains("Schedule"))
                             arm({text_of(document, "account"), text_of(document, "region")}, document);
                           return true;
                         });
}

void Scaling::arm(const Place& place, const Json& action) {
  const auto next = next_firing(action, now());
  if (!next) return;
  context.timers.at(*next, [this, place, name = target_of(action), action = text_of(action, "ScheduledActionName"),
                            at = *next] { post([this, place, name, action, at] { fire(place, name, action, at); }); });
}

void Scaling::fire(const Place& place, const TargetName& name, const std::string& action_name, Millis at) {
  const auto action = storage::get_document(context.store, document_key(place, "action", name, action_name));
  if (!action || next_firing(*action, at - 1) != at) return;  // deleted, or changed: another timer is set
  auto changed = context.store.transact([&](storage::Txn& txn) -> Result<bool> {
    auto target = read_target(txn, place, name);
    const Json* wanted = find(*action, "ScalableTargetAction");
    if (!target || !wanted || bool_of(target->value("SuspendedState", Json::object()), "ScheduledScalingSuspended"))
      return false;
    for (const char* member : {"MinCapacity", "MaxCapacity"}) {
      if (const Json* value = find(*wanted, member)) (*target)[member] = *value;
    }
    storage::put_document(txn, document_key(place, "target", name), *target);
    return true;
  });
  if (changed.has_value() && *changed) clamp(place, name, "scheduled action name " + action_name + " was triggered");
  arm(place, *action);
}

Place place_of(const Call& call) {
  return {call.caller.account, call.caller.region};
}

TargetName target_of(const Json& input) {
  return {text_of(input, "ServiceNamespace"), text_of(input, "ResourceId"), text_of(input, "ScalableDimension")};
}

AwsError bad(const std::string& text) {
  return {errors::validation, text};
}

AwsError no_target(const TargetName& name) {
  return {errors::not_found, "No scalable target registered for service namespace: " + name.service_namespace +
                                 ", resource ID: " + name.resource_id + ", scalable dimension: " + name.dimension};
}

std::vector<Member> target_members(bool all_required) {
  static const Shape namespaces =
      string().one_of({"ecs", "elasticmapreduce", "ec2", "appstream", "dynamodb", "rds", "sagemaker", "custom-resource",
                       "comprehend", "lambda", "cassandra", "kafka", "elasticache", "neptune", "workspaces"});
  static const Shape dimensions = string().one_of({"ecs:service:DesiredCount",
                                                   "ec2:spot-fleet-request:TargetCapacity",
                                                   "elasticmapreduce:instancegroup:InstanceCount",
                                                   "appstream:fleet:DesiredCapacity",
                                                   "dynamodb:table:ReadCapacityUnits",
                                                   "dynamodb:table:WriteCapacityUnits",
                                                   "dynamodb:index:ReadCapacityUnits",
                                                   "dynamodb:index:WriteCapacityUnits",
                                                   "rds:cluster:ReadReplicaCount",
                                                   "sagemaker:variant:DesiredInstanceCount",
                                                   "custom-resource:ResourceType:Property",
                                                   "comprehend:document-classifier-endpoint:DesiredInferenceUnits",
                                                   "comprehend:entity-recognizer-endpoint:DesiredInferenceUnits",
                                                   "lambda:function:ProvisionedConcurrency",
                                                   "cassandra:table:ReadCapacityUnits",
                                                   "cassandra:table:WriteCapacityUnits",
                                                   "kafka:broker-storage:VolumeSize",
                                                   "elasticache:cache-cluster:Nodes",
                                                   "elasticache:replication-group:NodeGroups",
                                                   "elasticache:replication-group:Replicas",
                                                   "neptune:cluster:ReadReplicaCount",
                                                   "sagemaker:variant:DesiredProvisionedConcurrency",
                                                   "sagemaker:inference-component:DesiredCopyCount",
                                                   "workspaces:workspacespool:DesiredUserSessions"});
  auto member = [&](const char* name, Shape shape) {
    return all_required ? required(name, std::move(shape)) : optional(name, std::move(shape));
  };
  return {required("ServiceNamespace", namespaces), member("ResourceId", string().length(1, 1600)),
          member("ScalableDimension", dimensions)};
}

bool passes(const Json& document, const Json& input, const char* names, const char* name) {
  for (const char* member : {"ServiceNamespace", "ResourceId", "ScalableDimension"}) {
    const auto wanted = optional_text(input, member);
    if (wanted && text_of(document, member) != *wanted) return false;
  }
  const Json* list = find(input, names);
  if (!list || list->empty()) return true;
  return std::find(list->begin(), list->end(), document.value(name, Json())) != list->end();
}

Result<Json> page_of(const Call& call, const char* member, const std::vector<Json>& all, const char* name) {
  const auto most = static_cast<size_t>(std::clamp<int64_t>(int_of(call.input, "MaxResults", 50), 1, 50));
  auto pager =
      Pager::open(list_name(call, text_of(call.input, "ServiceNamespace")), text_of(call.input, "NextToken"), most);
  if (!pager) return AwsError(errors::invalid_token, "Invalid NextToken");
  Json page = Json::array();
  for (const Json& one : all) {
    const TargetName target = target_of(one);
    const std::string position =
        storage::document_key({target.service_namespace, target.resource_id, target.dimension, text_of(one, name)});
    if (pager->takes(position)) page.push_back(one);
  }
  Json out{{member, std::move(page)}};
  if (auto next = pager->next_token()) out["NextToken"] = std::move(*next);
  return out;
}

std::function<Result<AccessNeeds>(const Call&)> access_to(std::string operation) {
  return [action = "application-autoscaling:" + operation](const Call& call) -> Result<AccessNeeds> {
    AccessNeed need{action, "*"};
    if (auto text = optional_text(call.input, "ServiceNamespace"))
      need.context["application-autoscaling:service-namespace"] = {*text};
    if (auto text = optional_text(call.input, "ScalableDimension"))
      need.context["application-autoscaling:scalable-dimension"] = {*text};
    AccessNeeds out{need};
    if (auto role = optional_text(call.input, "RoleARN"))
      out.push_back({"iam:PassRole", *role, {{"iam:passedtoservice", {"application-autoscaling.amazonaws.com"}}}});
    return out;
  };
}

}  // namespace millrace::autoscaling
