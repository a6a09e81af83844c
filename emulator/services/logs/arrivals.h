#pragma once
// What follows from events that arrived: metric filters count them, subscriptions pass them on, live tails show them.
//
// A batch for a group with filters leaves an arrival in the store, in the change that stores the events, so that it
// isn't lost with the process; a thread works arrivals off in their order. Live tails get the events after the commit.
//
//   arrival:   'a' number of the first event (8)   -> JSON {account, region, group, stream, stream_id, first_ms, last_ms, count}

#include <string>
#include <vector>

#include "emulator/services/logs/log_groups.h"

namespace millrace::logs {

struct Logs;

/// A batch that was stored.
struct Arrival {
  Place place;
  std::string group;
  std::string stream;
  uint64_t stream_id = 0;
  Millis first_ms = 0, last_ms = 0;
  uint64_t first_number = 0, count = 0;
};

/// Stores the events (already checked) and queues what follows from them.
void accept_events(Logs& logs, storage::Txn& txn, const Place& place, const Json& group, Json stream,
                   const std::vector<NewEvent>& events, Millis now);

/// Works off what waits, in order; on the deliveries' thread.
void work_off_arrivals(Logs& logs);

/// The batch's events that are still there, in order of time.
std::vector<Event> events_of(const storage::Reader& reader, const Arrival& arrival);

}  // namespace millrace::logs
