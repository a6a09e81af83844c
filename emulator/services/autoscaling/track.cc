// Scaling by what alarms say: which way, how far, and when again.

#include <algorithm>

#include "emulator/base/arn.h"
#include "emulator/base/log.h"
#include "emulator/services/autoscaling/tracking.h"
#include "emulator/storage/documents.h"

namespace millrace::autoscaling {

namespace {

/// The policy of that ARN: `...:resource/dynamodb/table/T:policyName/P` names its target and itself.
std::optional<std::pair<Place, Json>> find_policy(const storage::Reader& reader, const std::string& arn) {
  const auto parts = Arn::parse(arn);
  if (!parts) return std::nullopt;
  const Place place{parts->account, parts->region};
  for (Json& policy : list_all(reader, place, "policy")) {
    if (text_of(policy, "PolicyARN") == arn) return std::pair(place, std::move(policy));
  }
  return std::nullopt;
}

std::string which_of(const Json& policy, const std::string& alarm) {
  const Json names = policy.value("_alarms", Json::object());
  for (const auto& [which, name] : names.items()) {
    if (name == alarm) return which;
  }
  return "";
}

}  // namespace

void remove_alarms(Scaling& scaling, const Place& place, const std::vector<Json>& policies) {
  std::vector<std::string> names;
  for (const Json& policy : policies) {
    for (std::string& name : alarm_names(policy)) names.push_back(std::move(name));
  }
  if (names.empty()) return;
  auto removed = scaling.alarms.remove(place.account, place.region, names);
  if (removed.has_error()) log::warning("auto scaling: alarms aren't deleted: " + removed.error().message);
}

void Scaling::put_alarms(const Place& place, const Json& policy, const std::vector<std::string>& former) {
  if (!former.empty()) {
    auto removed = alarms.remove(place.account, place.region, former);
    if (removed.has_error()) log::warning("auto scaling: alarms aren't deleted: " + removed.error().message);
  }
  const Json names = policy.value("_alarms", Json::object());
  if (names.empty()) return;
  auto current = capacity(place, target_of(policy));
  const int64_t units = current.has_error() ? 0 : *current;
  for (const auto& [which, name] : names.items()) {
    auto put = alarms.put(place.account, place.region, alarm_of(policy, which, units));
    if (put.has_error())
      log::warning("auto scaling: the alarm " + name.get<std::string>() + " isn't kept: " + put.error().message);
  }
}

void Scaling::track_later(const std::string& policy_arn, const std::string& alarm) {
  post([this, policy_arn, alarm] { track(policy_arn, alarm); });
}

/// Whether the last scaling was too short a time ago. Scaling out is held up by an earlier scaling out alone.
bool Scaling::cooling(const Place& place, const TargetName& name, const Json& policy, bool out) {
  const auto last = storage::get_document(context.store, document_key(place, "scaled", name));
  if (!last) return false;
  const Json& configuration = policy.at("TargetTrackingScalingPolicyConfiguration");
  const int64_t cooldown_s = int_of(configuration, out ? "ScaleOutCooldown" : "ScaleInCooldown");
  const Millis since = int_of(*last, out ? "out_ms" : "any_ms");
  return now() < since + cooldown_s * 1000;
}

void Scaling::track(const std::string& policy_arn, const std::string& alarm) {
  const auto found = find_policy(context.store, policy_arn);
  if (!found) return;
  const auto& [place, policy] = *found;
  const TargetName name = target_of(policy);
  const auto target = read_target(context.store, place, name);
  const std::string which = which_of(policy, alarm);
  if (!target || which.empty()) return;
  // Somebody else changed the capacity: only the thresholds follow.
  if (which.starts_with("Provisioned")) return put_alarms(place, policy, {});
  const bool out = which == "AlarmHigh";
  const Json suspended = target->value("SuspendedState", Json::object());
  if (bool_of(suspended, out ? "DynamicScalingOutSuspended" : "DynamicScalingInSuspended")) return;
  if (cooling(place, name, policy, out)) return;
  auto current = capacity(place, name);
  if (current.has_error() || *current == 0) return;
  const int64_t measured = wanted_capacity(alarms, place, policy, *current, out, now() / 1000);
  const int64_t wanted = std::max(std::min(measured, int_of(*target, "MaxCapacity")), int_of(*target, "MinCapacity"));
  if (out ? wanted <= *current : wanted >= *current) return;
  move(place, name, wanted,
       "monitor alarm " + alarm + " in state ALARM triggered policy " + text_of(policy, "PolicyName"));
  auto kept = context.store.transact([&, &place = place](storage::Txn& txn) -> Result<void> {
    const std::string key = document_key(place, "scaled", name);
    Json last = storage::get_document(txn, key).value_or(Json::object());
    last["any_ms"] = now();
    if (out) last["out_ms"] = now();
    storage::put_document(txn, key, last);
    return {};
  });
  if (kept.has_error()) log::warning("auto scaling: when " + name.resource_id + " was scaled isn't kept");
}

}  // namespace millrace::autoscaling
