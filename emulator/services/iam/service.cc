#include "emulator/services/iam/service.h"

#include <iterator>

#include "emulator/services/iam/authority.h"
#include "emulator/services/iam/identity.h"
#include "emulator/services/iam/operations.h"
#include "emulator/services/iam/sessions.h"
#include "emulator/services/iam/trust_policy.h"

namespace millrace::iam {
namespace {

/// Everything behind the room's faces, in the order of construction.
struct RoomState {
  RoomState(ServiceContext context, Mode mode) : state(std::move(context), mode) {}
  State state;
  AccessAudit audit;
  Principals principals{state};
  Decisions decisions{state, audit};
  SessionStore session_store{state};
  Resources resources;
  IamIdentity identity{state, principals, decisions, resources};
  RoleAuthority authority{state, principals, decisions, session_store, resources};
  IamSessions sessions{state, principals, decisions, session_store};
};

class IamService final : public protocol::QueryService {
 public:
  IamService(std::shared_ptr<RoomState> shared, Operations operations)
      : QueryService({"2010-05-08", "https://iam.amazonaws.com/doc/2010-05-08/", errors::service_errors()},
                     std::move(operations)),
        shared_(std::move(shared)) {}

  /// IAM doesn't repeat a wrong value: `Value at 'status' failed to satisfy constraint: ...`.
  AwsError invalid_input(const protocol::InputError& error) const override {
    std::string text = error.message;
    static constexpr std::string_view kFrom = "Value '", kTo = "' at '";
    for (size_t at = text.find(kFrom); at != std::string::npos; at = text.find(kFrom, at + 5)) {
      const size_t end = text.find(kTo, at + kFrom.size());
      if (end == std::string::npos) break;
      text.replace(at, end + kTo.size() - at, "Value at '");
    }
    return {errors::validation, text};
  }

 private:
  std::shared_ptr<RoomState> shared_;
};

Operations all_operations(RoomState& shared) {
  Operations all;
  for (auto group : {role_operations,
                     role_update_operations,
                     user_operations,
                     group_operations,
                     inline_policy_operations,
                     attachment_operations,
                     boundary_operations,
                     policy_operations,
                     policy_version_operations,
                     instance_profile_operations,
                     login_profile_operations,
                     user_credential_operations,
                     mfa_operations,
                     service_linked_role_operations,
                     oidc_provider_operations,
                     saml_provider_operations,
                     account_operations,
                     authorization_details_operations,
                     access_key_operations,
                     credential_report_operations,
                     server_certificate_operations,
                     tag_operations,
                     simulation_operations,
                     service_last_accessed_operations,
                     organization_feature_operations}) {
    Operations some = group(shared.state);
    std::move(some.begin(), some.end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace

Room make_room(ServiceContext context, Mode mode) {
  auto shared = std::make_shared<RoomState>(std::move(context), mode);
  Room room;
  room.service = std::make_shared<IamService>(shared, all_operations(*shared));
  // Each face keeps all of it alive.
  room.identity = {shared, &shared->identity};
  room.authority = {shared, &shared->authority};
  room.sessions = {shared, &shared->sessions};
  room.audit = {shared, &shared->audit};
  room.resources = {shared, &shared->resources};
  room.principal_is_known = [shared](const std::string& account, const std::string& kind,
                                     const std::string& principal) {
    return kind == "Service" ? is_service_name(principal)
                             : aws_principal_exists(shared->state.store(), account, principal);
  };
  return room;
}

}  // namespace millrace::iam
