#pragma once
// What the room keeps, and how things are named. JSON documents with the members that AWS's answers have; members that begin
// with "_" are ours and never shown:
//
//   {"events", account, region, "bus", name}                 the default bus has one only once something was set
//   {"events", account, region, "rule", bus, name}           _targets: [...], _since_ms, _fired_ms of a schedule
//   {"events", account, region, "archive" | "replay" | "connection" | "destination", name}
//   'a' | u64 archive id | u64 time, ms | event id           Family::queues: an archived event's text

#include <optional>
#include <string>

#include "emulator/protocol/operation.h"
#include "emulator/services/eventbridge/errors.h"
#include "emulator/storage/documents.h"

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

/// ResourceNotFoundException. The default bus is always there.
Result<Json> load_bus(const storage::Reader& reader, const BusName& bus);
Result<Json> load_rule(const storage::Reader& reader, const BusName& bus, const std::string& rule);

/// Without the members that are ours.
Json shown(const Json& document);
/// Epoch seconds, as the protocol has times.
inline Json seconds_of(Millis ms) {
  return static_cast<double>(ms) / 1000.0;
}

/// The documents below a prefix whose names begin with NamePrefix, page by page (Limit, NextToken), each as `show` makes it
/// (null leaves it out).
Result<Json> page_of(const storage::Reader& reader, const protocol::Call& call, const std::string& prefix,
                     const char* member, const std::function<Json(const Json& document)>& show);
/// The same of a list that was made before, by the text member that names its entries; they are in its order.
Result<Json> page_of(const protocol::Call& call, const char* member, const std::vector<Json>& all, const char* name);

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
