#pragma once
// Groups under a customer's KMS key: CloudWatch Logs itself uses it, for which the key's policy must let the service in.
// Source: user guide, "Encrypt log data in CloudWatch Logs using AWS KMS".

#include <string>

#include "emulator/services/logs/logs.h"

namespace millrace::logs {

/// A key that a group of this name is to be put under, by ARN: InvalidParameterException for what is no key's ARN,
/// AccessDeniedException for a key that isn't there, can't be used, or whose policy doesn't let the service in for the group.
Result<void> check_key(Logs& logs, const Place& place, const std::string& group_name, const std::string& key_arn);

/// check_key, and a data key for the group under it, for put_data_key (event_keys.h). Not from a change.
Result<std::string> new_data_key(Logs& logs, const Place& place, const std::string& group_name,
                                 const std::string& key_arn);

/// check_key for a group that is under one; nothing for others. For whoever writes or reads the group's events.
Result<void> check_group_key(Logs& logs, const Place& place, const LogGroup& group);

}  // namespace millrace::logs
