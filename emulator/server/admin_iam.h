#pragma once

#include "emulator/server/admin.h"
#include "emulator/services/iam/access_audit.h"

namespace millrace::server {

/// What `--iam audit` recorded: GET iam/audit (everything), GET iam/policy?principal=<arn> (the
/// least-privilege policy), DELETE iam/audit (start anew).
void add_iam_routes(Admin& admin, iam::AccessAudit& audit);

}  // namespace millrace::server
