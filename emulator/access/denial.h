#pragma once
// The words in which AWS refuses.

#include "emulator/access/evaluator.h"

namespace millrace::access {

struct DenialStyle {
  bool quote_resource = false;  // S3 puts the resource in double quotes
  bool with_reason = true;      // AssumeRole gives none
};

/// `User: <arn> is not authorized to perform: <action> on resource: <arn> because no identity-based policy
/// allows the <action> action`, and its variants for explicit denies and the other kinds of policy.
std::string denial_message(const Caller& caller, const Request& request, const Decision& decision,
                           DenialStyle style = {});

/// What follows the resource: "because no ...", "with an explicit deny in ...".
std::string denial_reason(const Request& request, const Decision& decision);

/// "identity-based policy", "resource-based policy", "permissions boundary", "session policy".
std::string_view policy_kind_name(PolicyKind kind);

}  // namespace millrace::access
