#pragma once
// The groups of operations; each returns the operations of one file. service.cc lists them.

#include <vector>

#include "emulator/services/iam/directory.h"
#include "emulator/services/iam/identity.h"

namespace millrace::iam {

using Operations = std::vector<Operation>;

Operations role_operations(State& state);
Operations role_update_operations(State& state);
Operations user_operations(State& state);
Operations group_operations(State& state);
Operations inline_policy_operations(State& state);
Operations attachment_operations(State& state);
Operations boundary_operations(State& state);
Operations policy_operations(State& state);
Operations policy_version_operations(State& state);
Operations instance_profile_operations(State& state);
Operations access_key_operations(State& state);
Operations credential_report_operations(State& state);
Operations login_profile_operations(State& state);
Operations user_credential_operations(State& state);
Operations mfa_operations(State& state);
Operations service_linked_role_operations(State& state);
Operations oidc_provider_operations(State& state);
Operations saml_provider_operations(State& state);
Operations account_operations(State& state);
Operations authorization_details_operations(State& state);
Operations server_certificate_operations(State& state);
Operations tag_operations(State& state);
Operations simulation_operations(State& state);
Operations service_last_accessed_operations(State& state);
Operations organization_feature_operations(State& state);

/// The user a call is about: the one it names, or else the owner of the key that signed it.
Result<std::string> user_in(State& state, const Call& call);

// How entities look in answers.
Json role_view(const std::string& account, const Json& role);  // as CreateRole gives it
/// With MaxSessionDuration, RoleLastUsed and tags, as GetRole gives it.
Json full_role_view(const State& state, const std::string& account, const Json& role);
Json user_view(const std::string& account, const Json& user, bool with_tags);
Json group_view(const std::string& account, const Json& group);
Json instance_profile_view(const Reader& reader, const std::string& account, const Json& profile, bool with_tags);
Json boundary_view(const std::string& arn);

}  // namespace millrace::iam
