#include "emulator/services/scheduler/scheduler.h"

#include "emulator/base/arn.h"
#include "emulator/base/page_token.h"
#include "emulator/protocol/pages.h"

namespace millrace::scheduler {

using namespace protocol;

namespace {
constexpr size_t kPageMax = 100;
}  // namespace

Scheduler::Scheduler(ServiceContext given, delivery::Deliveries& on_the_way, ports::Authority& roles)
    : context(std::move(given)), deliveries(on_the_way), authority(roles) {
  firings = std::make_unique<delivery::Firings>(
      context.timers, [this](const std::string& key) { deliveries.post([this, key] { fire(*this, key); }); });
}

std::string group_key(const Scope& scope, const std::string& group) {
  return storage::document_key({"scheduler", scope.account, scope.region, "group", group});
}
std::string groups_prefix(const Scope& scope) {
  return storage::document_key({"scheduler", scope.account, scope.region, "group"});
}
std::string schedule_key(const Scope& scope, const std::string& group, const std::string& name) {
  return storage::document_key({"scheduler", scope.account, scope.region, "schedule", group, name});
}
std::string schedules_prefix(const Scope& scope, const std::string& group) {
  if (group.empty()) return storage::document_key({"scheduler", scope.account, scope.region, "schedule"});
  return storage::document_key({"scheduler", scope.account, scope.region, "schedule", group});
}
std::string group_arn(const Scope& scope, const std::string& group) {
  return make_arn("scheduler", scope.region, scope.account, "schedule-group/" + group);
}
std::string schedule_arn(const Scope& scope, const std::string& group, const std::string& name) {
  return make_arn("scheduler", scope.region, scope.account, "schedule/" + group + "/" + name);
}

Result<Group> load_group(const storage::Reader& reader, const Scope& scope, const std::string& group) {
  if (auto stored = storage::get_model<Group>(reader, group_key(scope, group))) return std::move(*stored);
  if (group == kDefaultGroup) return Group{.arn = group_arn(scope, group), .name = group};
  return AwsError(errors::not_found, "Schedule group " + group + " does not exist.");
}

Shape name_shape() {
  return string().length(1, 64).pattern("[0-9a-zA-Z-_.]+");
}
Shape name_prefix_shape() {
  return string().length(1, 64).pattern("[a-zA-Z][0-9a-zA-Z-_]*");
}
Shape client_token_shape() {
  return string().length(1, 64).pattern("[a-zA-Z0-9-_]+");
}
Shape next_token_shape() {
  return string().length(1, 2048);
}

Result<Json> page_of(const Call& call, const char* member, const std::vector<Json>& items,
                     const std::function<std::string(const Json&)>& position) {
  auto pager = Pager::open(list_name(call, text_of(call.input, "GroupName")), text_of(call.input, "NextToken"),
                           static_cast<size_t>(int_of(call.input, "MaxResults", kPageMax)));
  if (!pager) return errors::invalid("Invalid token.");  // unverified: the words
  Json page = Json::array();
  for (const Json& item : items) {
    if (pager->takes(position(item))) page.push_back(item);
  }
  Json out{{member, std::move(page)}};
  if (auto next = pager->next_token()) out["NextToken"] = std::move(*next);
  return out;
}

Access needs(std::string action, std::function<std::string(const Call&)> resource) {
  return [action = "scheduler:" + std::move(action),
          resource = std::move(resource)](const Call& call) -> Result<AccessNeeds> {
    return AccessNeeds{{action, resource(call)}};
  };
}

}  // namespace millrace::scheduler
