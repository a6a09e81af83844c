#pragma once
// KMS's operations; service.cc lists them.

#include "emulator/protocol/operation.h"
#include "emulator/services/kms/errors.h"
#include "emulator/services/kms/managed_keys.h"

namespace millrace::kms {

protocol::Operation describe_key(ManagedKeys& keys);
protocol::Operation list_aliases(ManagedKeys& keys);
protocol::Operation list_keys(ManagedKeys& keys);

/// The part of `all` that a request's Limit and Marker ask for, with Truncated and NextMarker; `name` tells
/// an entry's place. InvalidMarkerException.
Result<Json> page_of(const Json& input, const char* member, const Json& all, const char* name, size_t page_max);

}  // namespace millrace::kms
