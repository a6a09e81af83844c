#pragma once
// Log groups as targets of other services (EventBridge's rules, Scheduler, pipes).

#include <string>

#include "emulator/ports/destination.h"

namespace millrace::logs {

struct Logs;

/// Appends the message to the group, in the stream that `LogStreamName` names (made if it isn't there), at `Timestamp` (ms;
/// now without it). The caller has checked the permission. ResourceNotFoundException.
Result<void> deliver_event(Logs& logs, const std::string& group_arn, const ports::Message& message);
/// The account's resource policies as one: they count for every group. Empty without any.
std::string resource_policy_of(Logs& logs, const std::string& group_arn);
bool group_exists(Logs& logs, const std::string& group_arn);

}  // namespace millrace::logs
