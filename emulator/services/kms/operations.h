#pragma once
// KMS's operations; service.cc lists them.

#include "emulator/protocol/operation.h"
#include "emulator/services/kms/errors.h"
#include "emulator/services/kms/managed_keys.h"

namespace millrace::kms {

protocol::Operation describe_key(ManagedKeys& keys);
protocol::Operation list_aliases(ManagedKeys& keys);
protocol::Operation list_keys(ManagedKeys& keys);

/// The page of `all` that a request's Limit and Marker ask for, in the order of the member `name`, with Truncated and
/// NextMarker; InvalidMarkerException for a marker of another list.
Result<Json> page_of(const protocol::Call& call, const char* member, Json all, const char* name, size_t page_max);

}  // namespace millrace::kms
