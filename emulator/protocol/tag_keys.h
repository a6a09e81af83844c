#pragma once
// Tag keys that begin with "aws:" are AWS's own: no service takes them of a client. Which they are is said here; each
// service has its own words for the refusal.

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "emulator/protocol/operation.h"

namespace millrace::protocol {

/// True for keys that begin with "aws:" in whatever case.
bool is_reserved_tag_key(std::string_view key);

/// The first reserved key of `tags`, a map or a list of {Key, Value}; none where there is none, or no tags.
std::optional<std::string> reserved_tag_key(const Json& tags);

/// The member of one of IAM's or STS's tags that breaks its constraint ("key", "value"), and the constraint in AWS's words.
std::optional<std::pair<std::string, std::string>> tag_fault(const std::string& key, const std::string& value);

/// Lets every operation with tags among its input (`Tags`, `tags`) refuse reserved keys with `error(key)`, after its types
/// and its caller's permissions were looked at and before anything else. For services whose operations return JSON.
std::vector<Operation> refusing_reserved_tags(std::vector<Operation> operations,
                                              std::function<AwsError(const std::string& key)> error);

}  // namespace millrace::protocol
