// CreateScheduleGroup, GetScheduleGroup, DeleteScheduleGroup, ListScheduleGroups, and the groups' tags.

#include "emulator/base/arn.h"
#include "emulator/services/scheduler/scheduler.h"

namespace millrace::scheduler {

using namespace protocol;

namespace {

constexpr size_t kGroupsMax = 500;
constexpr size_t kTagsMax = 50;
constexpr int64_t kTagKeysMax = 200;  // in one request

Shape tags_shape() {
  return list(structure({required("Key", string().length(1, 128)), required("Value", string().length(1, 256))}))
      .length(0, kTagKeysMax);
}
Shape tagged_arn_shape() {
  return string().length(1, 1011).pattern(
      R"(arn:aws(-[a-z]+)?:scheduler:[a-z0-9\-]+:\d{12}:schedule-group\/[0-9a-zA-Z-_.]+)");
}

Access needs_on_group(const char* action) {
  return needs(action, [](const Call& call) { return group_arn(scope_of(call), text_of(call.input, "Name")); });
}
Access needs_on_resource(const char* action) {
  return needs(action, [](const Call& call) { return text_of(call.input, "ResourceArn"); });
}

Result<Json> change_tags(Scheduler& scheduler, const Call& call, const std::function<void(Json& tags)>& edit) {
  const auto arn = Arn::parse(text_of(call.input, "ResourceArn"));
  constexpr std::string_view kKind = "schedule-group/";
  if (!arn || !arn->resource.starts_with(kKind)) return errors::invalid("Provided Arn is not in correct format.");
  const Scope scope{arn->account, arn->region};
  const std::string name = arn->resource.substr(kKind.size());
  return scheduler.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
    TRY(Group group, load_group(txn, scope, name));
    edit(group.tags);
    if (group.tags.size() > kTagsMax) return errors::invalid("Too many tags.");  // unverified: the words
    storage::put_model(txn, group_key(scope, name), group);
    return Json::object();
  });
}

void remove_tag(Json& tags, const std::string& key) {
  tags.erase(std::remove_if(tags.begin(), tags.end(), [&](const Json& tag) { return text_of(tag, "Key") == key; }),
             tags.end());
}

}  // namespace

Operation create_schedule_group(Scheduler& scheduler) {
  static const Shape input = structure(
      {required("Name", name_shape()), optional("Tags", tags_shape()), optional("ClientToken", client_token_shape())});
  auto handle = [&scheduler](Call& call) -> Result<Json> {
    const Scope scope = scope_of(call);
    const std::string name = text_of(call.input, "Name");
    return scheduler.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      const Result<Group> before = load_group(txn, scope, name);
      if (before.has_value() && is_repeat(before->token, call.input))
        return Json{{"ScheduleGroupArn", group_arn(scope, name)}};
      if (before.has_value()) return AwsError(errors::conflict, "Schedule group " + name + " already exists.");
      if (storage::list_documents(txn, groups_prefix(scope)).size() >= kGroupsMax)
        return AwsError(errors::quota, "The maximum number of schedule groups was reached.");  // unverified: the words
      Group group{.arn = group_arn(scope, name), .name = name};
      group.created_s = group.modified_s = seconds_of(scheduler.now());
      group.tags = call.input.value("Tags", Json::array());
      group.token = optional_text(call.input, "ClientToken");
      storage::put_model(txn, group_key(scope, name), group);
      return Json{{"ScheduleGroupArn", group_arn(scope, name)}};
    });
  };
  return {.name = "CreateScheduleGroup",
          .input = &input,
          .rest = {{"POST", "/schedule-groups/{Name}", 200}},
          .access = needs_on_group("CreateScheduleGroup"),
          .handle = JsonHandler(handle)};
}

Operation get_schedule_group(Scheduler& scheduler) {
  static const Shape input = structure({required("Name", name_shape())});
  auto handle = [&scheduler](Call& call) -> Result<Json> {
    TRY(Group group, load_group(scheduler.context.store, scope_of(call), text_of(call.input, "Name")));
    return shown(group);
  };
  return {.name = "GetScheduleGroup",
          .input = &input,
          .rest = {{"GET", "/schedule-groups/{Name}", 200}},
          .access = needs_on_group("GetScheduleGroup"),
          .handle = JsonHandler(handle)};
}

Operation delete_schedule_group(Scheduler& scheduler) {
  static const Shape input = structure({required("Name", name_shape()), optional("ClientToken", client_token_shape())});
  auto handle = [&scheduler](Call& call) -> Result<Json> {
    const Scope scope = scope_of(call);
    const std::string name = text_of(call.input, "Name");
    if (name == kDefaultGroup) return errors::invalid("The default schedule group cannot be deleted.");  // unverified
    return scheduler.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TRY_VOID(load_group(txn, scope, name));
      // Its schedules go with it; what fires meanwhile finds them gone.
      const std::string prefix = schedules_prefix(scope, name);
      txn.erase_range(storage::Family::meta, prefix, storage::prefix_end(prefix));
      txn.erase(storage::Family::meta, group_key(scope, name));
      return Json::object();
    });
  };
  return {.name = "DeleteScheduleGroup",
          .input = &input,
          .rest = {{"DELETE", "/schedule-groups/{Name}", 200, {{"ClientToken", "clientToken"}}}},
          .access = needs_on_group("DeleteScheduleGroup"),
          .handle = JsonHandler(handle)};
}

Operation list_schedule_groups(Scheduler& scheduler) {
  static const Shape input =
      structure({optional("NamePrefix", name_prefix_shape()), optional("NextToken", next_token_shape()),
                 optional("MaxResults", integer().range(1, 100))});
  auto handle = [&scheduler](Call& call) -> Result<Json> {
    const std::string prefix = text_of(call.input, "NamePrefix");
    std::map<std::string, Group> by_name;
    for (Group& group : storage::list_models<Group>(scheduler.context.store, groups_prefix(scope_of(call))))
      by_name[group.name] = std::move(group);
    TRY(by_name[kDefaultGroup], load_group(scheduler.context.store, scope_of(call), kDefaultGroup));
    std::vector<Json> items;
    for (const auto& [name, group] : by_name) {
      if (name.starts_with(prefix)) items.push_back(shown(group));
    }
    return page_of(call, "ScheduleGroups", items, [](const Json& item) { return text_of(item, "Name"); });
  };
  return {.name = "ListScheduleGroups",
          .input = &input,
          .rest = {{"GET",
                    "/schedule-groups",
                    200,
                    {{"NamePrefix", "NamePrefix"},
                     {"NextToken", "NextToken"},
                     {"MaxResults", "MaxResults", RestParameter::In::query, RestParameter::Type::integer}}}},
          .access = needs("ListScheduleGroups", [](const Call& call) { return group_arn(scope_of(call), "*"); }),
          .handle = JsonHandler(handle)};
}

Operation tag_resource(Scheduler& scheduler) {
  static const Shape input = structure({required("ResourceArn", tagged_arn_shape()), required("Tags", tags_shape())});
  auto handle = [&scheduler](Call& call) {
    return change_tags(scheduler, call, [&](Json& tags) {
      for (const Json& one : call.input["Tags"]) {
        remove_tag(tags, text_of(one, "Key"));
        tags.push_back(one);
      }
    });
  };
  return {.name = "TagResource",
          .input = &input,
          .rest = {{"POST", "/tags/{ResourceArn}", 200}},
          .access = needs_on_resource("TagResource"),
          .handle = JsonHandler(handle)};
}

Operation untag_resource(Scheduler& scheduler) {
  static const Shape input = structure({required("ResourceArn", tagged_arn_shape()),
                                        required("TagKeys", list(string().length(1, 128)).length(0, kTagKeysMax))});
  auto handle = [&scheduler](Call& call) {
    return change_tags(scheduler, call, [&](Json& tags) {
      const Json keys = call.input.value("TagKeys", Json::array());
      for (const Json& key : keys) remove_tag(tags, key.get<std::string>());
    });
  };
  return {.name = "UntagResource",
          .input = &input,
          .rest = {{"DELETE",
                    "/tags/{ResourceArn}",
                    200,
                    {{"TagKeys", "TagKeys", RestParameter::In::query, RestParameter::Type::list}}}},
          .access = needs_on_resource("UntagResource"),
          .handle = JsonHandler(handle)};
}

Operation list_tags_for_resource(Scheduler& scheduler) {
  static const Shape input = structure({required("ResourceArn", tagged_arn_shape())});
  auto handle = [&scheduler](Call& call) -> Result<Json> {
    const std::string arn = text_of(call.input, "ResourceArn");
    const size_t slash = arn.find(":schedule-group/");
    if (slash == std::string::npos) return errors::invalid("Provided Arn is not in correct format.");
    TRY(Group group, load_group(scheduler.context.store, scope_of(call), arn.substr(slash + 16)));
    return Json{{"Tags", group.tags}};
  };
  return {.name = "ListTagsForResource",
          .input = &input,
          .rest = {{"GET", "/tags/{ResourceArn}", 200}},
          .access = needs_on_resource("ListTagsForResource"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::scheduler
