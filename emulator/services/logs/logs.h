#pragma once
// What the operations of CloudWatch Logs share: the service's state and the small rules that several apply.

#include <string>

#include "emulator/protocol/operation.h"
#include "emulator/services/logs/errors.h"
#include "emulator/services/logs/log_groups.h"
#include "emulator/services/service_context.h"

namespace millrace::logs {

/// Bound into every operation's handler.
struct Logs {
  ServiceContext context;
};

inline Place place_of(const protocol::Call& call) { return {call.caller.account, call.caller.region}; }

/// `arn:aws:logs:<region>:<account>:log-group:<name>`
std::string group_arn(const Place& place, std::string_view group);

/// The group that a request names by `logGroupName` or by `logGroupIdentifier` (a name or an ARN, with or without :*).
Result<std::string> named_group(const Json& input);
/// A group's name in a resource ARN of the tag operations; InvalidParameterException if it is none.
Result<std::string> group_in_arn(const std::string& arn);

/// Shapes used by several operations.
protocol::Shape group_name_shape();
protocol::Shape stream_name_shape();

/// The caller must be allowed `logs:<action>` on the named group / on `*` where none is named.
std::function<Result<protocol::AccessNeeds>(const protocol::Call&)> group_access(std::string action);
std::function<Result<protocol::AccessNeeds>(const protocol::Call&)> stream_access(std::string action);

// Each in the file of its name.
protocol::Operation create_log_group(Logs& logs);
protocol::Operation delete_log_group(Logs& logs);
protocol::Operation describe_log_groups(Logs& logs);
protocol::Operation put_retention_policy(Logs& logs);
protocol::Operation delete_retention_policy(Logs& logs);
protocol::Operation create_log_stream(Logs& logs);
protocol::Operation delete_log_stream(Logs& logs);
protocol::Operation describe_log_streams(Logs& logs);
protocol::Operation put_log_events(Logs& logs);
protocol::Operation get_log_events(Logs& logs);
protocol::Operation filter_log_events(Logs& logs);
// In tags.cc.
protocol::Operation tag_resource(Logs& logs);
protocol::Operation untag_resource(Logs& logs);
protocol::Operation list_tags_for_resource(Logs& logs);
protocol::Operation tag_log_group(Logs& logs);
protocol::Operation untag_log_group(Logs& logs);
protocol::Operation list_tags_log_group(Logs& logs);

}  // namespace millrace::logs
