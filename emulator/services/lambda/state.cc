#include "emulator/services/lambda/state.h"

#include <algorithm>

#include "emulator/protocol/pages.h"
#include "emulator/services/lambda/async_invocations.h"
#include "emulator/services/lambda/errors.h"
#include "emulator/services/lambda/policy.h"

namespace millrace::lambda {

Lambda::Lambda(ServiceContext context_in, Functions& functions_in, Ports ports_in)
    : context(std::move(context_in)),
      functions(functions_in),
      ports(ports_in),
      async(std::make_unique<AsyncInvocations>(*this)),
      background_(functions.background_handle()) {}
Lambda::~Lambda() {
  // What the thread runs uses this object. `functions` may have gone before.
  if (auto thread = background_.lock()) thread->stop();
}

std::function<Result<protocol::AccessNeeds>(const protocol::Call&)> on_function(Lambda& lambda, std::string action) {
  return [&lambda, action = std::move(action)](const protocol::Call& call) -> Result<protocol::AccessNeeds> {
    FunctionRef ref = parse_function_name(text_of(call.input, "FunctionName"), call.caller.account, call.caller.region);
    if (ref.qualifier.empty()) ref.qualifier = text_of(call.input, "Qualifier");
    if (call.caller.is_root && ref.account == call.caller.account) return protocol::AccessNeeds{};
    protocol::AccessNeed need{action, ref.qualified_arn()};
    need.resource_policy = policy_text(lambda.context.store, ref);
    if (ref.account != call.caller.account) need.resource_account = ref.account;
    return protocol::AccessNeeds{std::move(need)};
  };
}

std::function<Result<protocol::AccessNeeds>(const protocol::Call&)> on_everything(std::string action) {
  return [action = std::move(action)](const protocol::Call&) -> Result<protocol::AccessNeeds> {
    return protocol::AccessNeeds{{action, "*"}};
  };
}

Result<Pager> page_in(const protocol::Call& call, size_t items_max, std::string_view of) {
  int64_t wanted = int_of(call.input, "MaxItems", static_cast<int64_t>(items_max));
  size_t limit = std::min(items_max, static_cast<size_t>(std::max<int64_t>(wanted, 1)));
  auto pager = Pager::open(protocol::list_name(call, of), text_of(call.input, "Marker"), limit);
  if (!pager) return errors::invalid("Invalid marker");  // unverified: AWS's words
  return std::move(*pager);
}

Result<Json> page_of(const char* name, const std::vector<std::pair<std::string, Json>>& items,
                     const protocol::Call& call, size_t items_max, std::string_view of) {
  TRY(Pager page, page_in(call, items_max, of));
  Json shown = Json::array();
  for (const auto& [position, item] : items) {
    if (page.takes(position)) shown.push_back(item);
  }
  Json out{{name, std::move(shown)}};
  if (auto next = page.next_token()) out["NextMarker"] = std::move(*next);
  return out;
}

std::vector<protocol::Member> paging_members(int64_t items_max) {
  return {protocol::optional("Marker", protocol::string()),
          protocol::optional("MaxItems", protocol::integer().range(1, items_max))};
}

protocol::Shape list_shape(protocol::Member whose, int64_t items_max) {
  std::vector<protocol::Member> members = {std::move(whose)};
  for (protocol::Member& member : paging_members(items_max)) members.push_back(std::move(member));
  return protocol::structure(std::move(members));
}

std::vector<protocol::RestParameter> paging_parameters(std::vector<protocol::RestParameter> more) {
  more.push_back({"Marker", "Marker"});
  more.push_back({"MaxItems", "MaxItems", protocol::RestParameter::In::query, protocol::RestParameter::Type::integer});
  return more;
}

}  // namespace millrace::lambda
