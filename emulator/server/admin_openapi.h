#pragma once
// The admin API's description, served as GET /_millrace/openapi.json.

#include <string>
#include <vector>

#include "emulator/base/json.h"
#include "emulator/server/admin.h"

namespace millrace::server {

/// An OpenAPI 3.1 document of these routes ("GET clock", "GET /health"). A route that admin_openapi.cc doesn't describe has no
/// summary, which a test refuses.
Json openapi_of(const std::vector<std::string>& routes);

/// Describes what is there when it is asked for.
void add_openapi_route(Admin& admin);

}  // namespace millrace::server
