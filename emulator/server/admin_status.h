#pragma once
// What the server is and what it holds, for `millrace status`; and its end, for `millrace stop`.

#include "emulator/base/clock.h"
#include "emulator/server/admin.h"
#include "emulator/server/server.h"
#include "emulator/storage/store.h"

namespace millrace::server {

/// `GET status`: version, pid, place, uptime, clock, memory, and how much of each kind there is by account and region.
/// `POST stop`: ends the process as SIGTERM does, after the answer. The arguments outlive the routes.
void add_status_routes(Admin& admin, const ServerOptions& options, const std::string& folder,
                       const storage::Store& store, const Clock& clock);

/// Of this process.
int64_t resident_bytes();

/// [{"account", "region", "kind", "count"}]: a scan over the documents' keys.
Json resource_counts(const storage::Reader& reader);

}  // namespace millrace::server
