#include "emulator/server/admin_faults.h"

namespace millrace::server {

namespace {

std::string parameter(const protocol::HttpRequest& request, std::string_view name) {
  return protocol::query_value(protocol::parse_query(request.raw_query()), name).value_or("");
}

protocol::HttpReply add(faults::FaultRules& rules, const Clock& clock, const std::string& body) {
  auto document = parse_json(body);
  if (!document) return json_reply(400, {{"message", "The rule isn't JSON."}});
  auto parsed = faults::parse_rule(*document, clock.now_ms());
  if (auto* wrong = std::get_if<std::string>(&parsed)) return json_reply(400, {{"message", *wrong}});
  faults::FaultRule& rule = std::get<faults::FaultRule>(parsed);
  rule.id = rules.add(rule);
  if (rule.id.empty()) return json_reply(400, {{"message", "There are 1,000 rules: remove some."}});
  return json_reply(200, shown(rule));
}

}  // namespace

void add_fault_routes(Admin& admin, faults::FaultRules& rules, const Clock& clock) {
  admin.add("GET faults", [&](const protocol::HttpRequest& request, const Admin::Respond& respond) {
    Json all = Json::array();
    for (const faults::FaultRule& rule : rules.list(parameter(request, "account"), clock.now_ms()))
      all.push_back(shown(rule));
    respond(json_reply(200, {{"faults", std::move(all)}}));
  });
  admin.add("POST faults", [&](const protocol::HttpRequest& request, const Admin::Respond& respond) {
    respond(add(rules, clock, request.body));
  });
  admin.add("DELETE faults", [&](const protocol::HttpRequest& request, const Admin::Respond& respond) {
    const std::string id = parameter(request, "id");
    const size_t removed = rules.remove(id, parameter(request, "account"));
    if (removed == 0 && !id.empty()) return respond(json_reply(404, {{"message", "There is no rule " + id + "."}}));
    respond(json_reply(200, {{"removed", removed}}));
  });
}

}  // namespace millrace::server
