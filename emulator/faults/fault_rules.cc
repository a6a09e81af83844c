#include "emulator/faults/fault_rules.h"

#include <algorithm>

#include "emulator/base/log.h"

namespace millrace::faults {

using ports::CallFault;
using ports::FaultyCall;
using ports::InvocationFault;

std::string FaultRules::add(FaultRule rule) {
  MutexLock lock(mutex_);
  if (rules_.size() >= kRulesMax) return "";
  rule.id = "f-" + std::to_string(++last_id_);
  rules_.push_back(std::move(rule));
  armed_ = true;
  return rules_.back().id;
}

size_t FaultRules::remove(const std::string& id, const std::string& account) {
  MutexLock lock(mutex_);
  const size_t removed = std::erase_if(rules_, [&](const FaultRule& rule) {
    return (id.empty() || rule.id == id) && (account.empty() || rule.account == account);
  });
  armed_ = !rules_.empty();
  return removed;
}

std::vector<FaultRule> FaultRules::list(const std::string& account, Millis now) {
  MutexLock lock(mutex_);
  drop_expired(now);
  std::vector<FaultRule> out;
  for (const FaultRule& rule : rules_) {
    if (account.empty() || rule.account == account) out.push_back(rule);
  }
  return out;
}

void FaultRules::drop_expired(Millis now) {
  std::erase_if(rules_, [&](const FaultRule& rule) { return rule.until_ms && *rule.until_ms <= now; });
  armed_ = !rules_.empty();
}

bool FaultRules::counts(FaultRule& rule, Millis now) {
  if (rule.until_ms && *rule.until_ms <= now) return false;
  if (++rule.seen < rule.nth || (rule.times && rule.applied >= *rule.times)) return false;
  constexpr double kBelow = 18446744073709551616.0;  // 2^64
  if (rule.share < 1 && static_cast<double>(rule.random->next()) >= rule.share * kBelow) return false;
  ++rule.applied;
  return true;
}

void FaultRules::remember(FaultRule& rule, FaultHit hit) {
  log::info("fault rule " + rule.id + " (" + name_of(rule.kind) + ") applied to " + hit.what + " of account " +
            hit.account + (hit.request_id.empty() ? "" : ", request " + hit.request_id));
  rule.hits.push_back(std::move(hit));
  if (rule.hits.size() > kHitsMax) rule.hits.pop_front();
}

bool FaultRules::is_meant(const FaultRule& rule, const FaultyCall& call) const {
  if (is_of_invocations(rule.kind)) return false;
  if (rule.kind == FaultKind::iterator_expired && call.operation != "GetRecords") return false;
  if (rule.kind == FaultKind::unprocessed && call.operation != "BatchWriteItem") return false;
  const bool conflicts = call.operation == "TransactWriteItems" || call.operation == "TransactGetItems" ||
                         call.operation == "PutItem" || call.operation == "UpdateItem" ||
                         call.operation == "DeleteItem" || call.operation == "ExecuteTransaction";
  if (rule.kind == FaultKind::conflict && (call.service != "dynamodb" || !conflicts)) return false;
  // By itself about transactions; about single writes where one is named.
  if (rule.kind == FaultKind::conflict && rule.operation.empty() && !call.operation.starts_with("Transact"))
    return false;
  if (!rule.service.empty() && rule.service != call.service) return false;
  if (!rule.operation.empty() && rule.operation != call.operation) return false;
  if (!rule.account.empty() && rule.account != call.account) return false;
  return rule.resource.empty() || call.body.find(rule.resource) != std::string_view::npos ||
         call.target.find(rule.resource) != std::string_view::npos;
}

std::optional<CallFault> FaultRules::of_call(const FaultyCall& call) {
  MutexLock lock(mutex_);
  drop_expired(call.now);
  std::optional<CallFault> out;
  for (FaultRule& rule : rules_) {
    if (rule.kind == FaultKind::unprocessed || !is_meant(rule, call) || !counts(rule, call.now)) continue;
    if (!out) out.emplace();
    out->delay_ms += rule.delay_ms;
    if (rule.kind != FaultKind::delay && !out->error) out->error = error_of(rule, call);
    remember(rule, {call.now, std::string(call.operation), std::string(call.account), std::string(call.request_id)});
  }
  return out;
}

size_t FaultRules::unprocessed_of(const FaultyCall& call, size_t items) {
  MutexLock lock(mutex_);
  size_t out = 0;
  for (FaultRule& rule : rules_) {
    if (rule.kind != FaultKind::unprocessed || !is_meant(rule, call) || !counts(rule, call.now)) continue;
    out = std::max(out, rule.items ? std::min<size_t>(rule.items, items) : items - 1);
    remember(rule, {call.now, std::string(call.operation), std::string(call.account), std::string(call.request_id)});
  }
  return out;
}

std::optional<InvocationFault> FaultRules::of_invocation(const ports::FunctionVersion& function,
                                                         const std::string& request_id, Millis now) {
  MutexLock lock(mutex_);
  drop_expired(now);
  for (FaultRule& rule : rules_) {
    if (!is_of_invocations(rule.kind)) continue;
    if (!rule.account.empty() && rule.account != function.account) continue;
    if (!rule.function.empty() && rule.function != function.name && rule.function != function.function_arn) continue;
    if (!counts(rule, now)) continue;
    remember(rule, {now, function.name, function.account, request_id});
    using Kind = InvocationFault::Kind;
    InvocationFault out{.error_type = rule.code.empty() ? "Exception" : rule.code,
                        .error_message = rule.message.empty() ? "A test asked for this error" : rule.message,
                        .rule = rule.id};
    switch (rule.kind) {
      case FaultKind::function_timeout: out.kind = Kind::timeout; break;
      case FaultKind::environment_death: out.kind = Kind::death; break;
      case FaultKind::function_throttle: out.kind = Kind::throttled; break;
      case FaultKind::twice: out.kind = Kind::twice; break;
      case FaultKind::kill: out.kind = Kind::kill; break;
      default: break;
    }
    return out;
  }
  return std::nullopt;
}

}  // namespace millrace::faults
