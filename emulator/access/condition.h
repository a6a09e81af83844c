#pragma once

#include "emulator/access/policy.h"

namespace millrace::access {

enum class Match {
  yes,
  no,
  unresolved,  // a variable has no value: the whole statement doesn't apply
};

/// Does the request's context satisfy the condition?
Match matches(const Condition& condition, const RequestContext& context);

/// Does the address ("10.1.2.3", "2001:db8::1") lie in the block ("10.0.0.0/8", or an address alone)?
bool ip_in_block(std::string_view address, std::string_view block);

}  // namespace millrace::access
