#pragma once
// GET /_millrace/log-metrics: what metric filters have counted.

#include <string>

#include "emulator/server/admin.h"
#include "emulator/services/logs/service.h"

namespace millrace::server {

struct DefaultPlace {
  std::string region;
  std::string account;
};

/// `?account=&region=` choose the place; without them it is the default one.
void add_logs_routes(Admin& admin, const logs::Room& logs, DefaultPlace place);

}  // namespace millrace::server
