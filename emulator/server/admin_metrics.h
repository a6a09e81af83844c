#pragma once
// `GET /metrics`, in Prometheus' text format: what is there, and how event source mappings fare. Made when it is asked for.

#include "emulator/ports/mapping_engine.h"
#include "emulator/server/admin.h"
#include "emulator/storage/store.h"

namespace millrace::server {

/// The arguments outlive the route. `GET metrics` below /_millrace/ is the same.
void add_metrics_route(Admin& admin, const storage::Store& store, const ports::MappingEngine& mappings);

}  // namespace millrace::server
