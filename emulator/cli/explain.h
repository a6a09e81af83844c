#pragma once
// `millrace explain filter` and `millrace explain access`. Each returns the exit code.

#include <string>

namespace millrace::cli {

/// Says field by field what a pattern asks for and what the event has. kFine if it matches, kRefused if not, kUsage for a pattern
/// that AWS would refuse. Texts that begin with '@' name files.
int explain_filter(const std::string& pattern, const std::string& event, bool json);

/// The ARN whose policies count for what people type: of a role's session its role's; of a name a role's or a user's of the caller's
/// account, empty if there is none (or no server); an ARN as it is.
std::string source_arn(const std::string& principal);

/// May this principal (a user's or role's ARN or name) do this? The decision, the statements that made it, and the
/// statement that is missing. kFine if allowed, kRefused if not.
int explain_access(const std::string& principal, const std::string& action, const std::string& resource, bool json);

}  // namespace millrace::cli
