#pragma once
// The name of the list that a call reads, for Pager (base/page_token.h).

#include <string>
#include <string_view>

#include "emulator/protocol/operation.h"

namespace millrace::protocol {

/// The call's operation, account and region, and `of` where it lists what belongs to one thing: a token of one list is
/// none of another's.
inline std::string list_name(const Call& call, std::string_view of = {}) {
  std::string out = call.operation ? call.operation->name : "";
  out.append(" ").append(call.caller.account).append(" ").append(call.caller.region).append(" ").append(of);
  return out;
}

}  // namespace millrace::protocol
