#pragma once
// The routes that tell of the server itself: status, metrics, the API's description, and what tools for LocalStack ask.

#include <string>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/ports/mapping_engine.h"
#include "emulator/server/admin.h"
#include "emulator/server/admin_metrics.h"
#include "emulator/server/server.h"
#include "emulator/storage/store.h"

namespace millrace::server {

/// What the routes look at; all of it outlives them.
struct About {
  const ServerOptions& options;
  const std::string& folder;
  const storage::Store& store;
  const Clock& clock;
  const ports::MappingEngine& mappings;
  std::vector<std::string> services;  // the scopes of what is served: "dynamodb"
  std::function<std::vector<AnsweredRequests>()> requests = {};
  std::function<Json()> init = {};  // how far the init scripts are: InitScripts::report()
};

void add_about_routes(Admin& admin, const About& about);

}  // namespace millrace::server
