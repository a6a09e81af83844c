#pragma once
// What a client's request itself says to policies: where it comes from and where it goes.

#include "emulator/protocol/operation.h"

namespace millrace::protocol {

/// aws:RequestedRegion, SourceIp, UserAgent and Referer of a client's request, in lower case; what the request
/// doesn't say is left out.
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
ConditionContext client_keys(const Call& call);

}  // namespace millrace::protocol
