#include "emulator/services/eventbridge/model.h"

#include "emulator/base/arn.h"
#include "emulator/base/page_token.h"
#include "emulator/protocol/pages.h"

namespace millrace::eventbridge {

using namespace protocol;

namespace {
constexpr size_t kPageMax = 100;
constexpr const char* kNamePattern = R"([\.\-_A-Za-z0-9]+)";
}  // namespace

std::string BusName::arn() const {
  return arn_of(scope, "event-bus/" + name);
}

BusName bus_named(const Scope& scope, const std::string& text) {
  if (text.empty()) return {scope};
  auto arn = Arn::parse(text);
  if (!arn || arn->service != "events" || !arn->resource.starts_with("event-bus/")) return {scope, text};
  return {{arn->account, arn->region}, arn->resource.substr(10)};
}

std::string bus_key(const BusName& bus) {
  return storage::document_key({"events", bus.scope.account, bus.scope.region, "bus", bus.name});
}
std::string buses_prefix(const Scope& scope) {
  return storage::document_key({"events", scope.account, scope.region, "bus"});
}
std::string rule_key(const BusName& bus, const std::string& rule) {
  return storage::document_key({"events", bus.scope.account, bus.scope.region, "rule", bus.name, rule});
}
std::string rules_prefix(const BusName& bus) {
  return storage::document_key({"events", bus.scope.account, bus.scope.region, "rule", bus.name});
}
std::string named_key(const Scope& scope, const char* kind, const std::string& name) {
  return storage::document_key({"events", scope.account, scope.region, kind, name});
}
std::string named_prefix(const Scope& scope, const char* kind) {
  return storage::document_key({"events", scope.account, scope.region, kind});
}

std::string arn_of(const Scope& scope, const std::string& resource) {
  return make_arn("events", scope.region, scope.account, resource);
}
std::string rule_arn(const BusName& bus, const std::string& rule) {
  return arn_of(bus.scope, "rule/" + (bus.name == kDefaultBus ? "" : bus.name + "/") + rule);
}

Result<Bus> load_bus(const storage::Reader& reader, const BusName& bus) {
  if (auto stored = storage::get_model<Bus>(reader, bus_key(bus))) return std::move(*stored);
  if (bus.name == kDefaultBus) return Bus{.name = bus.name, .arn = bus.arn()};
  return AwsError(errors::not_found, "Event bus " + bus.name + " does not exist.");
}

Result<Rule> load_rule(const storage::Reader& reader, const BusName& bus, const std::string& rule) {
  TRY_VOID(load_bus(reader, bus));
  if (auto stored = storage::get_model<Rule>(reader, rule_key(bus, rule))) return std::move(*stored);
  return AwsError(errors::not_found, "Rule " + rule + " does not exist on EventBus " + bus.name + ".");
}

Result<Json> page_of(const Call& call, const char* member, const std::vector<Json>& all, const char* name) {
  // What a list belongs to: a rule of a bus, or a target's ARN.
  const std::string of =
      text_of(call.input, "EventBusName") + " " + text_of(call.input, "Rule") + " " + text_of(call.input, "TargetArn");
  auto pager = Pager::open(list_name(call, of), text_of(call.input, "NextToken"),
                           static_cast<size_t>(int_of(call.input, "Limit", kPageMax)));
  if (!pager) return errors::invalid("Parameter NextToken is not valid.");  // unverified: the words
  Json items = Json::array();
  for (const Json& item : all) {
    if (pager->takes(item.is_string() ? item.get<std::string>() : text_of(item, name))) items.push_back(item);
  }
  Json out{{member, std::move(items)}};
  if (auto next = pager->next_token()) out["NextToken"] = std::move(*next);
  return out;
}

Shape name_shape(int64_t max) {
  return string().length(1, max).pattern(kNamePattern);
}
Shape bus_shape() {
  return string().length(1, 1600).pattern(
      R"((arn:aws[\w-]*:events:[a-z]+-[a-z]+-[\w-]+:[0-9]{12}:event-bus\/)?[/\.\-_A-Za-z0-9]+)");
}
Shape tags_shape() {
  return list(structure({required("Key", string().length(1, 128)), required("Value", string().length(0, 256))}));
}
Member limit_member() {
  return optional("Limit", integer().range(1, 100));
}
Member token_member() {
  return optional("NextToken", string().length(1, 2048));
}

Access needs(std::string action, std::function<std::string(const Call&)> resource) {
  return [action = "events:" + std::move(action),
          resource = std::move(resource)](const Call& call) -> Result<AccessNeeds> {
    return AccessNeeds{{action, resource(call)}};
  };
}
Access needs_on_bus(std::string action, const char* member) {
  return needs(std::move(action), [member](const Call& call) { return bus_of(call, member).arn(); });
}
Access needs_on_rule(std::string action, const char* member) {
  return needs(std::move(action),
               [member](const Call& call) { return rule_arn(bus_of(call), text_of(call.input, member)); });
}
Access needs_on_named(std::string action, const char* arn_part, const char* member) {
  return needs(std::move(action), [arn_part, member](const Call& call) {
    return arn_of(scope_of(call), std::string(arn_part) + "/" + text_of(call.input, member));
  });
}

}  // namespace millrace::eventbridge
