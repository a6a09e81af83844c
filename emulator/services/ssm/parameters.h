#pragma once
// Parameters in the store: the newest version as one document, the earlier ones as one each.

#include <functional>
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

/// What a version has of its own.
struct Version {
  std::string name, type;             // String, StringList, SecureString
  std::optional<std::string> value;   // of the two that are no secrets
  std::optional<std::string> sealed;  // of a SecureString, base64
  std::optional<std::string> key_id;  // of a SecureString, as sent
  std::optional<std::string> description;
  std::string pattern, tier, data_type = "text";
  std::optional<Json> policies;  // as sent
  int64_t version = 1;
  Millis modified_ms = 0;
  std::string user;  // the ARN of who wrote it
};

/// The newest version, and what all versions share.
struct Parameter : Version {
  std::string account, region;
  Json tags = Json::object();        // {key: value}, in the order of their coming
  Json labels = Json::object();      // {label: version}, the same
  std::optional<Millis> expires_ms;  // when its Expiration policy ends it
  int64_t first_version = 1;         // the oldest that is kept
};

template <class Form>
void describe_version(Form& form, Version& version) {
  form.version(1, "form");  // "version" is the parameter's
  form.member("name", version.name);
  form.member("type", version.type);
  form.member("value", version.value);
  form.member("sealed", version.sealed);
  form.member("key_id", version.key_id);
  form.member("description", version.description);
  form.member("pattern", version.pattern);
  form.member("tier", version.tier);
  form.added("data_type", version.data_type);
  form.member("policies", version.policies);
  form.member("version", version.version);
  form.member("modified_ms", version.modified_ms);
  form.added("user", version.user);
}

template <class Form>
void describe(Form& form, Version& version) {
  describe_version(form, version);
}

template <class Form>
void describe(Form& form, Parameter& parameter) {
  describe_version(form, parameter);
  form.member("account", parameter.account);
  form.member("region", parameter.region);
  form.added("tags", parameter.tags);
  form.added("labels", parameter.labels);
  form.member("expires_ms", parameter.expires_ms);
  form.added("first_version", parameter.first_version);
}

std::string parameter_key(const Place& place, const std::string& name);
std::string version_key(const Place& place, const std::string& name, int64_t version);

/// nullopt also for one that its Expiration policy has ended.
std::optional<Parameter> read_parameter(const storage::Reader& reader, const Place& place, const std::string& name,
                                        Millis now);
/// nullopt if that version isn't kept.
std::optional<Version> read_version(const storage::Reader& reader, const Place& place, const Parameter& parameter,
                                    int64_t version);
/// Oldest first.
std::vector<Version> read_history(const storage::Reader& reader, const Place& place, const Parameter& parameter);
void put_parameter(storage::Txn& txn, const Place& place, const Parameter& parameter);
/// What was the newest version becomes an earlier one.
void put_earlier(storage::Txn& txn, const Place& place, const Version& version);
void erase_version(storage::Txn& txn, const Place& place, const std::string& name, int64_t version);
void erase_parameter(storage::Txn& txn, const Place& place, const std::string& name);
/// By name, behind `after`, as long as `visit` returns true.
void each_parameter(const storage::Reader& reader, const Place& place, const std::string& after, Millis now,
                    const std::function<bool(Parameter)>& visit);

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
