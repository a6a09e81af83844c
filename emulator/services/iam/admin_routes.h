#pragma once

#include <vector>

#include "emulator/services/admin_route.h"
#include "emulator/services/iam/access_audit.h"

namespace millrace::iam {

/// What `--iam audit` recorded: GET iam/audit (everything), GET iam/policy?principal=<arn> (the
/// least-privilege policy), DELETE iam/audit (start anew).
std::vector<AdminRoute> admin_routes(AccessAudit& audit);

}  // namespace millrace::iam
