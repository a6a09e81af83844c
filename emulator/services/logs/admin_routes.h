#pragma once

#include <string>
#include <vector>

#include "emulator/services/admin_route.h"
#include "emulator/services/logs/service.h"

namespace millrace::logs {

/// GET log-metrics[?account=&region=]: what metric filters have counted. Without the parameters it is the default account
/// and region.
std::vector<AdminRoute> admin_routes(const Room& logs, std::string default_account, std::string default_region);

}  // namespace millrace::logs
