#pragma once
// Policies as documents: what a service that adds and removes statements needs of them.

#include "emulator/base/json.h"

namespace millrace::access {

/// The policy's statements as a list: a single one may stand alone.
inline Json statements_of(const Json& policy) {
  Json statements = policy.value("Statement", Json::array());
  return statements.is_array() ? statements : Json::array({statements});
}

/// A list of one stands alone, as AWS writes policies.
inline Json one_or_list(const Json& list) {
  return list.size() == 1 ? list.front() : list;
}

}  // namespace millrace::access
