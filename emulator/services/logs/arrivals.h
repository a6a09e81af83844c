#pragma once
// What follows from events that arrived: metric filters count them, subscriptions pass them on, live tails show them.
//
// A batch for a group with filters leaves an arrival in the store, in the change that stores the events, so that it
// isn't lost with the process; a thread works arrivals off, account by account in turns, each in order, so that one
// account's flood holds up nobody else's. Live tails get the events after the commit.
//
//   arrival:   'a' account (12) number of the first event (8)   -> JSON {account, region, group, stream, stream_id, first_ms,
//                                                                  last_ms, count, writer}

#include <map>
#include <set>
#include <string>
#include <vector>

#include "emulator/base/mutex.h"
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
  std::string writer = {};  // the function that wrote it, by ARN; empty: no function
  std::string key = {};     // where it lies
};

/// How many arrivals of an account wait; thread-safe.
class ArrivalCounts {
 public:
  /// An account's further ones aren't passed on: the events are stored, filters don't see them.
  static constexpr size_t kWaitingMax = 10'000;

  /// Counts what an earlier run left.
  explicit ArrivalCounts(const storage::Reader& reader);
  /// False beyond the bound, which is logged once each time it is reached.
  bool add(const std::string& account);
  void remove(const std::string& account);

 private:
  Mutex mutex_;
  std::map<std::string, size_t> waiting_ GUARDED_BY(mutex_);
  std::set<std::string> full_ GUARDED_BY(mutex_);  // accounts whose bound was logged
};

/// Stores the events (already checked) and queues what follows from them. `writer`: the function that wrote them, by ARN.
void accept_events(Logs& logs, storage::Txn& txn, const Place& place, const LogGroup& group, LogStream stream,
                   const std::vector<NewEvent>& events, Millis now, const std::string& writer = {});

/// Works off what waits, each account's in order and the accounts by turns; on the deliveries' thread.
void work_off_arrivals(Logs& logs);

/// The batch's events that are still there, in order of time.
std::vector<Event> events_of(Logs& logs, const Arrival& arrival);

}  // namespace millrace::logs
