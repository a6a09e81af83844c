#include "emulator/server/admin_about.h"

#include "emulator/server/admin_localstack.h"
#include "emulator/server/admin_metrics.h"
#include "emulator/server/admin_openapi.h"
#include "emulator/server/admin_status.h"

namespace millrace::server {

void add_about_routes(Admin& admin, const About& about) {
  add_status_routes(admin, about.options, about.folder, about.store, about.clock);
  add_metrics_route(admin, about.store, about.mappings, about.requests);
  add_localstack_routes(admin, about.services, about.init);
  add_openapi_route(admin);
}

}  // namespace millrace::server
