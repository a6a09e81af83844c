#pragma once
// What the room keeps, and how things are named. The documents have the members that AWS's answers have; members that begin with
// "_" are ours and never shown:
//
//   {"events", account, region, "bus", name}                 the default bus has one only once something was set
//   {"events", account, region, "rule", bus, name}           with its targets
//   {"events", account, region, "archive" | "replay" | "connection" | "destination", name}
//   'a' | u64 archive id | u64 time, ms | event id           Family::queues: an archived event's text

#include <optional>
#include <string>
#include <vector>

#include "emulator/protocol/operation.h"
#include "emulator/services/eventbridge/errors.h"
#include "emulator/storage/document_form.h"

namespace millrace::eventbridge {

inline constexpr const char* kDefaultBus = "default";

struct Scope {
  std::string account, region;
};
inline Scope scope_of(const protocol::Call& call) {
  return {call.caller.account, call.caller.region};
}

/// A bus, as requests name it: by name or by ARN, which may be another account's.
struct BusName {
  Scope scope;
  std::string name = kDefaultBus;
  std::string arn() const;
};
/// The bus that `text` (empty: the default one) means for that scope.
BusName bus_named(const Scope& scope, const std::string& text);
inline BusName bus_of(const protocol::Call& call, const char* member = "EventBusName") {
  return bus_named(scope_of(call), text_of(call.input, member));
}

std::string bus_key(const BusName& bus);
std::string buses_prefix(const Scope& scope);
std::string rule_key(const BusName& bus, const std::string& rule);
std::string rules_prefix(const BusName& bus);
/// `kind` is "archive", "replay", "connection" or "destination".
std::string named_key(const Scope& scope, const char* kind, const std::string& name);
std::string named_prefix(const Scope& scope, const char* kind);

/// `rule/<name>` on the default bus, `rule/<bus>/<name>` on others.
std::string rule_arn(const BusName& bus, const std::string& rule);
std::string arn_of(const Scope& scope, const std::string& resource);

/// Epoch seconds, as the protocol has times.
inline double seconds_of(Millis ms) {
  return static_cast<double>(ms) / 1000.0;
}

struct Bus {
  static constexpr const char* kNamedBy = "Name";
  std::string name, arn;
  std::optional<std::string> description, kms_key, policy;
  std::optional<Json> dead_letter, log_config;  // kept and shown
  std::optional<double> created_s, modified_s;
  Json tags = Json::array();  // [{Key, Value}]
};

struct Rule {
  static constexpr const char* kNamedBy = "Name";
  std::string name, arn;
  std::optional<std::string> pattern, schedule;
  std::string state = "ENABLED";
  std::optional<std::string> description, role_arn;
  std::string bus_name = kDefaultBus;
  std::string created_by;  // an account
  Json tags = Json::array();
  std::vector<Json> targets;          // as sent
  Millis since_ms = 0, fired_ms = 0;  // of a schedule
  bool is_disabled() const { return state == "DISABLED"; }
};

struct Archive {
  static constexpr const char* kNamedBy = "ArchiveName";
  std::string name, source_arn;
  std::optional<std::string> description, pattern, kms_key;
  int64_t retention_days = 0;
  std::string state = "ENABLED";
  int64_t size_bytes = 0, event_count = 0;
  double created_s = 0;
  int64_t id = 0;
};

struct Replay {
  static constexpr const char* kNamedBy = "ReplayName";
  std::string name;
  std::optional<std::string> description;
  Json destination;  // as sent
  std::string source_arn;
  double from_s = 0, to_s = 0, begun_s = 0;
  std::string state = "STARTING";
  std::optional<double> last_replayed_s, ended_s;
  int64_t archive_id = 0;
  Millis from_ms = 0, to_ms = 0;
  std::string after;  // the key of the last event that was sent, hex
};

struct Connection {
  static constexpr const char* kNamedBy = "Name";
  std::string name, arn;
  std::optional<std::string> secret_arn, description, auth_type;
  std::optional<Json> auth_parameters;  // as shown: without secrets
  std::string state;
  double created_s = 0, modified_s = 0;
  std::optional<double> authorized_s;
};

struct ApiDestination {
  static constexpr const char* kNamedBy = "Name";
  std::string name, arn, state, connection_arn, endpoint, method;
  std::optional<std::string> description;
  int64_t per_second = 300;
  double created_s = 0, modified_s = 0;
};

template <class Form>
void describe(Form& form, Bus& bus) {
  form.version(1, "_form");
  form.member("Name", bus.name);
  form.member("Arn", bus.arn);
  form.member("Description", bus.description);
  form.member("KmsKeyIdentifier", bus.kms_key);
  form.member("DeadLetterConfig", bus.dead_letter);
  form.member("LogConfig", bus.log_config);
  form.member("Policy", bus.policy);
  form.member("CreationTime", bus.created_s);
  form.member("LastModifiedTime", bus.modified_s);
  form.added("_tags", bus.tags);
}

template <class Form>
void describe(Form& form, Rule& rule) {
  form.version(1, "_form");
  form.member("Name", rule.name);
  form.member("Arn", rule.arn);
  form.member("EventPattern", rule.pattern);
  form.member("ScheduleExpression", rule.schedule);
  form.member("State", rule.state);
  form.member("Description", rule.description);
  form.member("RoleArn", rule.role_arn);
  form.member("EventBusName", rule.bus_name);
  form.added("_created_by", rule.created_by);
  form.added("_tags", rule.tags);
  form.member("_targets", rule.targets);
  form.added("_since_ms", rule.since_ms);
  form.added("_fired_ms", rule.fired_ms);
}

template <class Form>
void describe(Form& form, Archive& archive) {
  form.version(1, "_form");
  form.member("ArchiveName", archive.name);
  form.member("EventSourceArn", archive.source_arn);
  form.member("Description", archive.description);
  form.member("EventPattern", archive.pattern);
  form.member("KmsKeyIdentifier", archive.kms_key);
  form.member("RetentionDays", archive.retention_days);
  form.member("State", archive.state);
  form.member("SizeBytes", archive.size_bytes);
  form.member("EventCount", archive.event_count);
  form.member("CreationTime", archive.created_s);
  form.member("_id", archive.id);
}

template <class Form>
void describe(Form& form, Replay& replay) {
  form.version(1, "_form");
  form.member("ReplayName", replay.name);
  form.member("Description", replay.description);
  form.member("Destination", replay.destination);
  form.member("EventSourceArn", replay.source_arn);
  form.member("EventStartTime", replay.from_s);
  form.member("EventEndTime", replay.to_s);
  form.member("ReplayStartTime", replay.begun_s);
  form.member("State", replay.state);
  form.member("EventLastReplayedTime", replay.last_replayed_s);
  form.member("ReplayEndTime", replay.ended_s);
  form.member("_archive_id", replay.archive_id);
  form.member("_start_ms", replay.from_ms);
  form.member("_end_ms", replay.to_ms);
  form.added("_after", replay.after);
}

template <class Form>
void describe(Form& form, Connection& connection) {
  form.version(1, "_form");
  form.member("Name", connection.name);
  form.member("ConnectionArn", connection.arn);
  form.member("SecretArn", connection.secret_arn);
  form.member("CreationTime", connection.created_s);
  form.member("AuthorizationType", connection.auth_type);
  form.member("Description", connection.description);
  form.member("AuthParameters", connection.auth_parameters);
  form.member("ConnectionState", connection.state);
  form.member("LastModifiedTime", connection.modified_s);
  form.member("LastAuthorizedTime", connection.authorized_s);
}

template <class Form>
void describe(Form& form, ApiDestination& destination) {
  form.version(1, "_form");
  form.member("Name", destination.name);
  form.member("ApiDestinationArn", destination.arn);
  form.member("ApiDestinationState", destination.state);
  form.member("CreationTime", destination.created_s);
  form.added("InvocationRateLimitPerSecond", destination.per_second);
  form.member("Description", destination.description);
  form.member("ConnectionArn", destination.connection_arn);
  form.member("InvocationEndpoint", destination.endpoint);
  form.member("HttpMethod", destination.method);
  form.member("LastModifiedTime", destination.modified_s);
}

/// ResourceNotFoundException. The default bus is always there.
Result<Bus> load_bus(const storage::Reader& reader, const BusName& bus);
Result<Rule> load_rule(const storage::Reader& reader, const BusName& bus, const std::string& rule);

using storage::shown;

/// A page (Limit, NextToken) of a list, by the text member that names its entries; they are in its order.
Result<Json> page_of(const protocol::Call& call, const char* member, const std::vector<Json>& all, const char* name);
/// The same of what lies below a prefix with names that begin with NamePrefix, each as `show` makes it (null leaves it out).
template <class Model, class Show>
Result<Json> page_of_models(const storage::Reader& reader, const protocol::Call& call, const std::string& prefix,
                            const char* member, Show show) {
  const std::string wanted = text_of(call.input, "NamePrefix");
  std::vector<Json> all;
  for (const Model& model : storage::list_models<Model>(reader, prefix)) {
    Json item = model.name.starts_with(wanted) ? show(model) : Json();
    if (!item.is_null()) all.push_back(std::move(item));
  }
  return page_of(call, member, all, Model::kNamedBy);
}

/// Shapes that several operations have.
protocol::Shape name_shape(int64_t max = 64);
protocol::Shape bus_shape();
protocol::Shape tags_shape();
protocol::Member limit_member();
protocol::Member token_member();

using Access = std::function<Result<protocol::AccessNeeds>(const protocol::Call&)>;
/// The caller needs `events:<action>` on what `resource` gives.
Access needs(std::string action, std::function<std::string(const protocol::Call&)> resource);
Access needs_on_bus(std::string action, const char* member = "EventBusName");
Access needs_on_rule(std::string action, const char* member = "Name");
Access needs_on_named(std::string action, const char* arn_part, const char* member);

}  // namespace millrace::eventbridge
