#include "emulator/services/dynamodb/table/update_rules.h"

#include "emulator/services/dynamodb/table/description.h"
#include "emulator/services/dynamodb/table/table_rules.h"

namespace millrace::dynamodb {

using namespace tables;

namespace {

constexpr Millis kDayMs = 24 * 3600 * 1000;
constexpr Millis kHourMs = 3600 * 1000;
constexpr int64_t kFreeDecreasesPerDay = 4;
constexpr size_t kClassChangesMax = 2;
constexpr Millis kClassChangesWindowMs = 30 * kDayMs;

bool changes_indexes(const Json& input) {
  const Json* updates = find(input, "GlobalSecondaryIndexUpdates");
  if (!updates) return false;
  for (const Json& update : *updates) {
    if (find(update, "Create") || find(update, "Delete")) return true;
  }
  return false;
}

struct ExclusivePart {
  const char* member;
  const char* text;
};

// Each of these must stand alone (AttributeDefinitions don't count as a part).
constexpr ExclusivePart kExclusive[] = {
    {"SSESpecification", "Server-Side Encryption modification must be the only operation in the request"},
    {"TableClass", "TableClass modification must be the only operation in the request"},
    {"DeletionProtectionEnabled", "DeletionProtection modification must be the only operation in the request"},
    {"ReplicaUpdates", "Replica modification must be the only operation in the request"},
    {"WarmThroughput", "WarmThroughput must be the only operation in the request"},
};
constexpr const char* kParts[] = {
    "ProvisionedThroughput", "BillingMode",    "StreamSpecification", "GlobalSecondaryIndexUpdates",
    "SSESpecification",      "ReplicaUpdates", "TableClass",          "DeletionProtectionEnabled",
    "OnDemandThroughput",    "WarmThroughput"};

}  // namespace

Result<void> check_update_combination(const Json& input) {
  std::vector<std::string> present;
  for (const char* part : kParts) {
    if (find(input, part)) present.push_back(part);
  }
  if (present.empty()) {
    // The list leaves out what the request has, though it doesn't suffice.
    std::string consistency = find(input, "MultiRegionConsistency") ? "" : "MultiRegionConsistency, ";
    return validation_error(
        "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
        "GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, "
        "MultiAccountReplicaReady, ReplicaTransitRoleArn, " +
        consistency + "DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is required");
  }
  if (const Json* updates = find(input, "GlobalSecondaryIndexUpdates")) {
    // unverified: AWS has a message of its own for this, whose words aren't known
    if (updates->empty()) return invalid_values("List of GlobalSecondaryIndexUpdates is empty");
    if (changes_indexes(input) && find(input, "WarmThroughput"))
      return invalid_values("Create global secondary index cannot be specified when updating WarmThroughput");
  }
  for (const ExclusivePart& part : kExclusive) {
    if (find(input, part.member) && present.size() > 1) return invalid_values(part.text);
  }
  bool on_demand = find(input, "OnDemandThroughput") != nullptr;
  if (on_demand && present.size() > (find(input, "BillingMode") ? 2u : 1u))
    return invalid_values("OnDemandThroughput can only be combined with BillingMode in an UpdateTable request");
  bool throughput = find(input, "ProvisionedThroughput") != nullptr;
  bool stream = find(input, "StreamSpecification") != nullptr;
  if (stream && throughput) return invalid_values("You cannot modify stream status while updating table IOPS");
  if (changes_indexes(input) && throughput)
    return invalid_values("You cannot create or delete index while updating table IOPS");
  if (changes_indexes(input) && stream)
    return invalid_values("You cannot create or delete index while changing stream status");
  return {};
}

AwsError unchanged_throughput(const std::string& what, const Throughput& current) {
  std::string reads = std::to_string(current.read_units), writes = std::to_string(current.write_units);
  return validation_error(
      "The provisioned throughput for the " + what +
      " will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned "
      "for the " +
      what + ": " + reads + ". Requested ReadCapacityUnits: " + reads +
      ". Current WriteCapacityUnits provisioned for the " + what + ": " + writes + ". Requested WriteCapacityUnits: " +
      writes + ". Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.");
}

Result<void> change_throughput(Throughput& current, const Throughput& wanted, Millis now_ms) {
  bool grows = wanted.read_units > current.read_units || wanted.write_units > current.write_units;
  bool shrinks = wanted.read_units < current.read_units || wanted.write_units < current.write_units;
  if (shrinks) {
    bool same_day = current.last_decrease_ms && current.last_decrease_ms / kDayMs == now_ms / kDayMs;
    int64_t today = same_day ? current.decreases_today : 0;
    if (today >= kFreeDecreasesPerDay && now_ms - current.last_decrease_ms < kHourMs)
      return AwsError(errors::limit_exceeded,
                      "Subscriber limit exceeded: Provisioned throughput decreases are limited within a "
                      "given UTC day. After the first 4 decreases, "
                      "each subsequent decrease in the same UTC day can be performed at most once every 3600 "
                      "seconds. Number of decreases today: " +
                          std::to_string(today) + ". Last decrease at " + iso_millis(current.last_decrease_ms));
    current.decreases_today = today + 1;
    current.last_decrease_ms = now_ms;
  }
  if (grows) current.last_increase_ms = now_ms;
  current.read_units = wanted.read_units;
  current.write_units = wanted.write_units;
  return {};
}

Result<void> update_billing(TableUpdate& update) {
  const Json* throughput = find(update.input, "ProvisionedThroughput");
  std::string mode = text_of(update.input, "BillingMode");
  if (!throughput && mode.empty()) return {};
  Table& next = update.next;
  BillingMode wanted = mode.empty()                ? next.billing
                       : mode == "PAY_PER_REQUEST" ? BillingMode::pay_per_request
                                                   : BillingMode::provisioned;
  if (wanted == BillingMode::pay_per_request) {
    if (throughput)
      return invalid_values(
          "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
          "PAY_PER_REQUEST");
    if (next.billing == wanted) return {};
    next.billing = wanted;
    next.billing_was_set = true;
    next.pay_per_request_since_ms = update.now_ms;
    next.throughput.read_units = next.throughput.write_units = 0;
    for (Index& index : next.indexes) index.throughput.read_units = index.throughput.write_units = 0;
    return {};
  }
  bool switching = next.billing != wanted;
  if (switching && !throughput)
    return invalid_values("ProvisionedThroughput must be specified when BillingMode is PROVISIONED");
  next.billing = wanted;
  if (!throughput) return {};
  TRY_VOID(check_units(*throughput, update.before.region, nullptr));
  Throughput units = read_throughput(*throughput);
  if (!switching && units.read_units == next.throughput.read_units && units.write_units == next.throughput.write_units)
    return unchanged_throughput("table", next.throughput);
  return change_throughput(next.throughput, units, update.now_ms);
}

Result<void> update_stream(TableUpdate& update) {
  const Json* specification = find(update.input, "StreamSpecification");
  if (!specification) return {};
  std::string view = text_of(*specification, "StreamViewType");
  const std::string& name = update.before.name;
  if (bool_of(*specification, "StreamEnabled")) {
    if (view.empty()) return invalid_values("If stream is being enabled then UpdateViewType is required");
    if (update.before.stream.enabled)
      return validation_error("Table already has an enabled stream: TableName: " + name);
    update.next.stream.view_type = *parse_view_type(view);
    update.opens_stream = true;
    return {};
  }
  if (!view.empty()) return invalid_values("If stream is being disabled, then UpdateViewType must not be specified");
  if (!update.before.stream.enabled) return validation_error("Table has no stream to disable: TableName: " + name);
  if (!update.before.replicas.empty())
    return invalid_values("Disabling Stream is not allowed for a Global Table replica.");
  update.next.stream.enabled = false;
  update.closes_stream = true;
  return {};
}

Result<void> update_class(TableUpdate& update) {
  std::string wanted = text_of(update.input, "TableClass");
  if (wanted.empty()) return {};
  TRY_VOID(check_table_class(wanted));
  const Json* summary = find(update.before.settings, "TableClassSummary");
  if (wanted == (summary ? text_of(*summary, "TableClass", "STANDARD") : "STANDARD")) return {};
  Json changes = Json::array();
  if (const Json* earlier = find(update.before.settings, "TableClassChanges")) {
    for (const Json& at : *earlier) {
      if (at.get<Millis>() > update.now_ms - kClassChangesWindowMs) changes.push_back(at);
    }
  }
  if (changes.size() >= kClassChangesMax)
    return AwsError(errors::limit_exceeded,
                    "Subscriber limit exceeded: Updates to TableClass are limited to 2 times in 30 day(s).");
  changes.push_back(update.now_ms);
  update.next.settings["TableClassChanges"] = std::move(changes);
  update.next.settings["TableClassSummary"] = {{"TableClass", wanted}, {"LastUpdateDateTime", epoch(update.now_ms)}};
  return {};
}

Result<void> update_capacity_hints(TableUpdate& update) {
  if (const Json* on_demand = find(update.input, "OnDemandThroughput"))
    TRY_VOID(read_on_demand(*on_demand, update.next.on_demand, update.next.billing, nullptr));
  if (const Json* warm = find(update.input, "WarmThroughput"))
    return raise_warm(*warm, update.next.billing, update.next.throughput, nullptr, update.next.warm);
  return {};
}

Result<void> raise_warm(const Json& input, BillingMode billing, const Throughput& throughput, const std::string* index,
                        WarmThroughput& warm) {
  WarmThroughput current = warm_of(warm, throughput, billing);
  struct Part {
    const char* member;
    int64_t current;
    int64_t& value;
  };
  for (Part part : {Part{"ReadUnitsPerSecond", current.read_units, warm.read_units},
                    Part{"WriteUnitsPerSecond", current.write_units, warm.write_units}}) {
    auto wanted = optional_int(input, part.member);
    if (!wanted) continue;
    if (*wanted < part.current)
      return invalid_values(std::string("Requested ") + part.member + " for WarmThroughput for " +
                            (index ? "index " + *index : "table") +
                            " is lower than current WarmThroughput, decreasing WarmThroughput is not supported");
    part.value = *wanted;
  }
  return {};
}

}  // namespace millrace::dynamodb
