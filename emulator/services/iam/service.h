#pragma once
// IAM: users, groups, roles, policies, and the answers to who is asking and what may they do.

#include <functional>
#include <memory>
#include <string>

#include "emulator/ports/authority.h"
#include "emulator/ports/sessions.h"
#include "emulator/protocol/identity.h"
#include "emulator/protocol/service.h"
#include "emulator/services/iam/access_audit.h"
#include "emulator/services/iam/resources.h"
#include "emulator/services/service_context.h"

namespace millrace::iam {

/// `--iam`: policies are enforced; evaluated and recorded, but nobody is refused; not looked at.
enum class Mode { on, audit, off };

/// The room's faces; they share one state and may be used from any thread.
struct Room {
  std::shared_ptr<protocol::Service> service;
  std::shared_ptr<protocol::Identity> identity;
  std::shared_ptr<ports::Authority> authority;
  std::shared_ptr<ports::Sessions> sessions;
  std::shared_ptr<AccessAudit> audit;
  /// Where the other services say whose their resources are.
  std::shared_ptr<Resources> resources;
  /// Whether a policy of that account may name the principal. `kind` is "AWS" or "Service": those of other
  /// accounts are taken as they are, because the emulator may not know them.
  std::function<bool(const std::string& account, const std::string& kind, const std::string& principal)>
      principal_is_known;
};

Room make_room(ServiceContext context, Mode mode);

}  // namespace millrace::iam
