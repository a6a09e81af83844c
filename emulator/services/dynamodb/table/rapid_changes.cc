#include "emulator/services/dynamodb/table/rapid_changes.h"

namespace millrace::dynamodb {

namespace {

// Measured on AWS in 2026.
constexpr Millis kTagsMs = 1500;
constexpr Millis kTimeToLiveMs = 31 * 60 * 1000;
constexpr Millis kCooldownMs = 15'000;  // of policies and deletion protection

struct Rule {
  const char* name;  // in the table's settings, under ChangedAt
  Millis interval_ms;
};

Rule rule_of(Setting setting) {
  switch (setting) {
    case Setting::tags: return {"Tags", kTagsMs};
    case Setting::time_to_live: return {"TimeToLive", kTimeToLiveMs};
    case Setting::resource_policy: return {"ResourcePolicy", kCooldownMs};
    case Setting::deletion_protection: break;
  }
  return {"DeletionProtection", kCooldownMs};
}

AwsError refusal(Setting setting, const std::string& table, Millis next_ms) {
  std::string next = iso_millis(next_ms);
  next.pop_back();  // the Z: AWS prints none here
  std::string cooldown =
      " for table " + table + " modified within the previous 15000 milliseconds. Please try again after " + next;
  switch (setting) {
    case Setting::tags:
      return {errors::limit_exceeded, "Subscriber limit exceeded: Table tags are being updated: " + table};
    case Setting::time_to_live:
      return validation_error("Time to live has been modified multiple times within a fixed interval");
    case Setting::resource_policy: return {errors::throttling, "Resource-based policy" + cooldown + "."};
    case Setting::deletion_protection: break;
  }
  return {errors::throttling, "Deletion protection setting" + cooldown};
}

}  // namespace

Result<void> note_change(TableService& service, tables::Table& table, Setting setting) {
  if (!service.context.aws_delays) return {};
  Rule rule = rule_of(setting);
  Millis now = service.context.clock.now_ms();
  Json& changed = table.settings["ChangedAt"];
  if (!changed.is_object()) changed = Json::object();
  Millis last = int_of(changed, rule.name, 0);
  if (last && now - last < rule.interval_ms) return refusal(setting, table.name, last + rule.interval_ms);
  changed[rule.name] = now;
  return {};
}

}  // namespace millrace::dynamodb
