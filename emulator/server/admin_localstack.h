#pragma once
// What tools that were written for LocalStack ask before they begin: its health, info and init routes, and /health.

#include <functional>
#include <string>
#include <vector>

#include "emulator/server/admin.h"

namespace millrace::server {

/// `services`: the scopes of what is served, "dynamodb". Adds `GET /_localstack/health`, `info`, `init`, `init/ready`, `GET /health`.
void add_localstack_routes(Admin& admin, const std::vector<std::string>& services, std::function<Json()> init);

}  // namespace millrace::server
