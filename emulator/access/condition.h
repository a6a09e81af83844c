#pragma once

#include <optional>

#include "emulator/access/policy.h"

namespace millrace::access {

enum class Match {
  yes,
  no,
  unresolved,  // a variable has no value: the whole statement doesn't apply
};

/// Does the request's context satisfy the condition?
Match matches(const Condition& condition, const RequestContext& context);

/// A policy's date, ISO 8601 or seconds since the epoch, in milliseconds; nullopt if it is neither.
std::optional<long double> policy_date(const std::string& text);

/// Does the address ("10.1.2.3", "2001:db8::1") lie in the block ("10.0.0.0/8", or an address alone)?
bool ip_in_block(std::string_view address, std::string_view block);

}  // namespace millrace::access
