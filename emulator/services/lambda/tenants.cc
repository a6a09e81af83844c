#include "emulator/services/lambda/tenants.h"

#include "emulator/services/lambda/errors.h"

namespace millrace::lambda {

Result<void> check_tenant(bool per_tenant, const std::string& tenant_id) {
  if (per_tenant && tenant_id.empty())
    return errors::invalid(
        "The invoked function is enabled with tenancy configuration. Add a valid tenant ID in your request and try "
        "again.");
  if (!per_tenant && !tenant_id.empty())  // unverified: the words
    return errors::invalid(
        "The invoked function is not enabled with tenancy configuration. Remove the tenant ID from your request and "
        "try again.");
  return {};
}

Result<VersionPointer> for_tenant(VersionPointer version, const std::string& tenant_id) {
  TRY_VOID(check_tenant(version->per_tenant, tenant_id));
  if (tenant_id.empty()) return version;
  auto out = std::make_shared<ports::FunctionVersion>(*version);
  out->tenant_id = tenant_id;
  return VersionPointer(std::move(out));
}

}  // namespace millrace::lambda
