#pragma once
// Parameters in the store: the newest version as one document, the earlier ones as one each.

#include <optional>
#include <string>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/json.h"
#include "emulator/base/result.h"
#include "emulator/storage/store.h"

namespace millrace::ssm {

struct Place {
  std::string account, region;
};

/// `arn:aws:ssm:R:A:parameter/<name without its leading slash>`
std::string parameter_arn(const Place& place, const std::string& name);

/// A parameter's newest version and what all versions share. Members: "name", "type", "value" (of a SecureString: "sealed",
/// base64), "key_id" (as sent), "description", "pattern", "tier", "data_type", "policies", "version", "modified_ms", "user"; shared:
/// "tags" {key: value}, "labels" {label: version}, "first_version".
using Parameter = Json;

/// nullopt also for one that its Expiration policy has ended.
std::optional<Parameter> read_parameter(const storage::Reader& reader, const Place& place, const std::string& name,
                                        Millis now);
/// One version's members; nullopt if it isn't kept.
std::optional<Json> read_version(const storage::Reader& reader, const Place& place, const Parameter& parameter,
                                 int64_t version);
/// Oldest first.
std::vector<Json> read_history(const storage::Reader& reader, const Place& place, const Parameter& parameter);
void put_parameter(storage::Txn& txn, const Place& place, const Parameter& parameter);
/// What was the newest version becomes an earlier one.
void put_earlier(storage::Txn& txn, const Place& place, const Parameter& parameter);
void erase_version(storage::Txn& txn, const Place& place, const std::string& name, int64_t version);
void erase_parameter(storage::Txn& txn, const Place& place, const std::string& name);
/// By name, behind `after`, as long as `visit` returns true.
void each_parameter(const storage::Reader& reader, const Place& place, const std::string& after, Millis now,
                    const std::function<bool(Parameter)>& visit);

/// When the Expiration policy ends the parameter; 0: never.
Millis expires_ms(const Parameter& parameter);

/// A name as a request has it: plain, with `:version` or `:label`, or an ARN of this account and region.
struct Named {
  std::string name;
  std::string selector;  // "3" or "label"; empty: the newest
};
/// nullopt for an ARN of another place or service.
std::optional<Named> parse_name(const Place& place, const std::string& text);

/// For PutParameter: ValidationException, HierarchyLevelLimitExceededException, AccessDeniedException.
Result<void> check_new_name(const std::string& name);

}  // namespace millrace::ssm
