#include "emulator/faults/fault_rule.h"

#include <array>
#include <set>

#include "emulator/base/account.h"

namespace millrace::faults {

namespace {

constexpr std::array<std::pair<const char*, FaultKind>, 12> kKinds{{{"error", FaultKind::error},
                                                                    {"throttle", FaultKind::throttle},
                                                                    {"delay", FaultKind::delay},
                                                                    {"unprocessed", FaultKind::unprocessed},
                                                                    {"conflict", FaultKind::conflict},
                                                                    {"iterator-expired", FaultKind::iterator_expired},
                                                                    {"function-error", FaultKind::function_error},
                                                                    {"function-timeout", FaultKind::function_timeout},
                                                                    {"environment-death", FaultKind::environment_death},
                                                                    {"function-throttle", FaultKind::function_throttle},
                                                                    {"twice", FaultKind::twice},
                                                                    {"kill", FaultKind::kill}}};

const std::set<std::string, std::less<>> kMembers{"kind",    "service", "operation", "account", "function", "resource",
                                                  "nth",     "times",   "share",     "seed",    "forMs",    "error",
                                                  "message", "status",  "delayMs",   "items"};

std::string kinds_in_words() {
  std::string out;
  for (const auto& [name, kind] : kKinds) out += (out.empty() ? "" : ", ") + std::string(name);
  return out;
}

/// A whole number from `min` on; nullopt and the sentence if it is something else.
std::optional<uint64_t> number(const Json& document, const char* member, uint64_t min, std::string& wrong) {
  const Json* value = find(document, member);
  if (!value || value->is_null()) return std::nullopt;
  const bool fits = value->is_number_integer() && (value->is_number_unsigned() || value->get<int64_t>() >= 0);
  if (fits && value->get<uint64_t>() >= min) return value->get<uint64_t>();
  wrong = std::string(member) + " is a whole number from " + std::to_string(min) + " on.";
  return std::nullopt;
}

std::string text(const Json& document, const char* member, std::string& wrong) {
  const Json* value = find(document, member);
  if (!value || value->is_null()) return "";
  if (value->is_string()) return value->get<std::string>();
  wrong = std::string(member) + " is a text.";
  return "";
}

/// What belongs together.
std::string contradiction(const FaultRule& rule) {
  if (!rule.account.empty() && !is_account_id(rule.account)) return rule.account + " is no account: twelve digits.";
  if (rule.kind == FaultKind::error && rule.code.empty()) return "An error needs `error`, its code.";
  if (rule.kind == FaultKind::delay && rule.delay_ms == 0) return "A delay needs `delayMs`.";
  if (is_of_invocations(rule.kind) && !rule.operation.empty())
    return std::string(name_of(rule.kind)) + " is about invocations: `function` names one, not `operation`.";
  if (!is_of_invocations(rule.kind) && !rule.function.empty())
    return std::string(name_of(rule.kind)) + " is about calls of operations: `function` belongs to the others.";
  if (rule.status != 0 && (rule.status < 400 || rule.status > 599)) return "status is an HTTP status from 400 to 599.";
  return "";
}

}  // namespace

bool is_of_invocations(FaultKind kind) {
  return kind >= FaultKind::function_error;
}

const char* name_of(FaultKind kind) {
  for (const auto& [name, own] : kKinds) {
    if (own == kind) return name;
  }
  return "";
}

std::variant<FaultRule, std::string> parse_rule(const Json& document, Millis now) {
  if (!document.is_object()) return "A rule is a JSON object.";
  for (const auto& [member, value] : document.items()) {
    if (!kMembers.contains(member)) return "A rule has no `" + member + "`.";
  }
  std::string wrong;
  FaultRule rule;
  const std::string kind = text(document, "kind", wrong);
  bool known = false;
  for (const auto& [name, own] : kKinds) {
    if (kind != name) continue;
    rule.kind = own;
    known = true;
  }
  if (!known) return "kind is one of " + kinds_in_words() + ".";
  rule.service = text(document, "service", wrong);
  rule.operation = text(document, "operation", wrong);
  rule.account = text(document, "account", wrong);
  rule.function = text(document, "function", wrong);
  rule.resource = text(document, "resource", wrong);
  rule.code = text(document, "error", wrong);
  rule.message = text(document, "message", wrong);
  rule.nth = number(document, "nth", 1, wrong).value_or(1);
  rule.times = number(document, "times", 1, wrong);
  // The nth call is one call, unless more are asked for.
  if (document.contains("nth") && !rule.times) rule.times = 1;
  rule.seed = number(document, "seed", 0, wrong).value_or(1);
  rule.status = static_cast<int>(std::min<uint64_t>(number(document, "status", 0, wrong).value_or(0), 9999));
  rule.delay_ms = static_cast<Millis>(number(document, "delayMs", 0, wrong).value_or(0));
  rule.items = number(document, "items", 1, wrong).value_or(0);
  if (auto for_ms = number(document, "forMs", 1, wrong)) rule.until_ms = now + static_cast<Millis>(*for_ms);
  if (const Json* share = find(document, "share"); share && !share->is_null()) {
    rule.share = share->is_number() ? share->get<double>() : -1;
    if (!(rule.share > 0 && rule.share <= 1)) wrong = "share is a number above 0, at most 1.";
  }
  if (wrong.empty()) wrong = contradiction(rule);
  if (!wrong.empty()) return wrong;
  rule.random = std::make_shared<SeededRandom>(rule.seed);
  return rule;
}

Json shown(const FaultRule& rule) {
  Json out{{"id", rule.id}, {"kind", name_of(rule.kind)}, {"seen", rule.seen}, {"applied", rule.applied}};
  auto put = [&](const char* member, const std::string& value) {
    if (!value.empty()) out[member] = value;
  };
  put("service", rule.service);
  put("operation", rule.operation);
  put("account", rule.account);
  put("function", rule.function);
  put("resource", rule.resource);
  put("error", rule.code);
  put("message", rule.message);
  out["nth"] = rule.nth;
  if (rule.times) out["times"] = *rule.times;
  if (rule.share < 1) out["share"] = rule.share;
  out["seed"] = rule.seed;
  if (rule.status) out["status"] = rule.status;
  if (rule.delay_ms) out["delayMs"] = rule.delay_ms;
  if (rule.items) out["items"] = rule.items;
  if (rule.until_ms) out["until"] = iso_millis(*rule.until_ms);
  Json hits = Json::array();
  for (const FaultHit& hit : rule.hits)
    hits.push_back(
        {{"at", iso_millis(hit.at_ms)}, {"what", hit.what}, {"account", hit.account}, {"requestId", hit.request_id}});
  out["hits"] = std::move(hits);
  return out;
}

}  // namespace millrace::faults
