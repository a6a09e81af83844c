#pragma once

#include <functional>
#include <string>
#include <vector>

#include "emulator/ports/mapping_engine.h"
#include "emulator/server/admin.h"
#include "emulator/services/room.h"

namespace millrace::server {

/// What a drain waits for; outlives the server's connections.
struct DrainedWork {
  ports::MappingEngine& mappings;
  std::vector<InProgress> others;
  /// Calls its argument when everything that was given to the store so far is committed: what a function printed is
  /// given to it before the function's result, but not awaited.
  std::function<void(std::function<void()>)> when_committed;
};

/// POST drain?timeout=<seconds, 0 to 3600, default 60>: answers {"drained": true} when every record committed before
/// the call has been through every mapping, retry and destination, and no asynchronous invocation, S3 event or copy is
/// under way or waits for its retry, and what functions printed can be read; 408 with {"drained": false, "waiting_for":
/// [...], "pending": [{"what", "function", "since", "lastError", "nextTry", ...}]} if the time is over before that. With
/// account=, table= (or a queue's name) and function= only what concerns these; of a table alone its mappings. The time is
/// real time.
void add_drain_route(Admin& admin, DrainedWork work);

}  // namespace millrace::server
