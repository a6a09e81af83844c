#include "emulator/services/logs/group_keys.h"

#include "emulator/base/arn.h"
#include "emulator/encryption/key_use.h"
#include "emulator/services/logs/event_keys.h"

namespace millrace::logs {

Result<void> check_key(Logs& logs, const Place& place, const std::string& group_name, const std::string& key_arn) {
  const auto arn = Arn::parse(key_arn);
  if (!arn || arn->service != "kms" || !arn->resource.starts_with("key/"))
    return AwsError(errors::invalid_parameter, "The specified KMS Key Id could not be found. '" + group_name + "'");
  const std::string group = group_arn(place, group_name);
  const AwsError refused(errors::access_denied,
                         "The specified KMS key does not exist or is not allowed to be used with Arn '" + group + "'");
  ports::Encryption* keys = logs.keys;
  ports::Authority* authority = logs.authority;
  if (!keys || !authority) return {};
  if (arn->region != place.region || keys->check_usable(key_arn).has_error()) return refused;
  const ports::RequestContext context = [&] {
    ports::RequestContext out = ports::key_use_context("logs", place.region, place.account, {{"aws:logs:arn", group}});
    out["aws:sourcearn"] = {group};
    out["aws:sourceaccount"] = {place.account};
    return out;
  }();
  const std::string policy = keys->policy(key_arn);
  for (const char* action : {"kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"}) {
    bool allowed = false;
    for (const std::string& principal : logs_principals(place.region))
      allowed = allowed || authority->resource_policy_allows_service(policy, principal, action, key_arn, context);
    if (!allowed) return refused;
  }
  return {};
}

Result<std::string> new_data_key(Logs& logs, const Place& place, const std::string& group_name,
                                 const std::string& key_arn) {
  TRY_VOID(check_key(logs, place, group_name, key_arn));
  ports::Encryption* keys = logs.keys;
  if (!keys) return std::string();
  auto wrapped = wrap_data_key(*keys, key_arn, group_arn(place, group_name));
  if (wrapped.has_error()) return AwsError(errors::access_denied, wrapped.error().message);
  return wrapped;
}

Result<void> check_group_key(Logs& logs, const Place& place, const LogGroup& group) {
  return group.kms_key_id ? check_key(logs, place, group.name, *group.kms_key_id) : Result<void>();
}

}  // namespace millrace::logs
