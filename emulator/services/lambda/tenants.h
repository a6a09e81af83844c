#pragma once
// Functions with tenants (TenancyConfig): an execution environment serves one tenant.

#include <memory>
#include <string>

#include "emulator/base/result.h"
#include "emulator/ports/function_catalog.h"

namespace millrace::lambda {

using VersionPointer = std::shared_ptr<const ports::FunctionVersion>;

/// InvalidParameterValueException for a tenant of a function that has none, and for none where there must be one.
Result<void> check_tenant(bool per_tenant, const std::string& tenant_id);
/// The version as it runs for a tenant; unchanged for a function without tenants. check_tenant()'s errors.
Result<VersionPointer> for_tenant(VersionPointer version, const std::string& tenant_id);

}  // namespace millrace::lambda
