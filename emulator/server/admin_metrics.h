#pragma once
// `GET /metrics`, in Prometheus' text format: what is there, how many requests were answered, and how event source mappings
// fare. Made when it is asked for.

#include <functional>
#include <string>
#include <vector>

#include "emulator/ports/mapping_engine.h"
#include "emulator/server/admin.h"
#include "emulator/storage/store.h"

namespace millrace::server {

struct AnsweredRequests {
  std::string service, operation;
  uint64_t fine = 0, refused = 0, failed = 0;
};

/// The arguments outlive the route. `GET metrics` below /_millrace/ is the same. `requests` may be empty.
void add_metrics_route(Admin& admin, const storage::Store& store, const ports::MappingEngine& mappings,
                       std::function<std::vector<AnsweredRequests>()> requests);

}  // namespace millrace::server
