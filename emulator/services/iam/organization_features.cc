// Centralized root access for an organization's member accounts. No account here is in an organization, so AWS's answer
// to such an account is the true one.

#include "emulator/services/iam/operations.h"

namespace millrace::iam {

Operations organization_feature_operations(State& state) {
  const Handler no_organization = [](State&, Call&) -> Result<Json> {
    return AwsError(errors::organization_not_found,
                    "The request was rejected because no organization is associated with your account.");
  };
  Operations all;
  for (const char* name : {"ListOrganizationsFeatures", "EnableOrganizationsRootCredentialsManagement",
                           "DisableOrganizationsRootCredentialsManagement", "EnableOrganizationsRootSessions",
                           "DisableOrganizationsRootSessions"}) {
    all.push_back(operation(state, name, {}, on_anything(), no_organization));
  }
  return all;
}

}  // namespace millrace::iam
