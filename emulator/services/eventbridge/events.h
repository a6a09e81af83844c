#pragma once
// What the room's operations share.

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "emulator/base/mutex.h"
#include "emulator/delivery/deliveries.h"
#include "emulator/delivery/firings.h"
#include "emulator/ports/service_calls.h"
#include "emulator/services/eventbridge/event.h"
#include "emulator/services/eventbridge/model.h"
#include "emulator/services/eventbridge/patterns.h"
#include "emulator/services/service_context.h"

namespace millrace::eventbridge {

/// A rule or an archive as events are matched against it.
template <class Model>
struct Listener {
  Model model;
  std::optional<filter::FilterPattern> pattern;  // none: an archive that keeps everything
};
/// Who listens on a bus: the enabled rules with a pattern, and the archives.
struct Listeners {
  std::vector<Listener<Rule>> rules;
  std::vector<Listener<Archive>> archives;
};

struct Events {
  Events(ServiceContext given, delivery::Deliveries& on_the_way, ports::Metrics& counts);

  ServiceContext context;
  delivery::Deliveries& deliveries;
  ports::Metrics& metrics;
  ports::ServiceCalls* services = nullptr;     // connections keep their secrets by it
  std::unique_ptr<delivery::Firings> firings;  // by rule_key

  /// Read from the store when they are first asked for, and again after a change.
  std::shared_ptr<const Listeners> listeners(const BusName& bus);
  /// Part of every change to a bus's rules and archives.
  void changes_listeners(storage::Txn& txn, const BusName& bus);

  /// The newest events, as buses got them: what explanations are asked of.
  struct Seen {
    Millis at_ms = 0;
    std::string bus_arn, id, text;
  };
  void remember(const BusName& bus, const Event& event, const std::string& text);
  std::vector<Seen> seen_on(const std::string& bus_arn) const;

  Millis now() const { return context.clock.now_ms(); }

 private:
  static constexpr size_t kSeenMax = 200,
                          kSeenBytesMax = 2u << 20;  // of all buses; those of more than a tenth aren't kept
  mutable Mutex mutex_;
  std::deque<Seen> seen_ GUARDED_BY(mutex_);
  size_t seen_bytes_ GUARDED_BY(mutex_) = 0;
  std::map<std::string, std::shared_ptr<const Listeners>> listeners_ GUARDED_BY(mutex_);  // by bus ARN
  uint64_t changes_ GUARDED_BY(mutex_) = 0;
};

// dispatch.cc
/// What an event causes on its bus: decided before the change, written by it.
struct Consequences {
  std::vector<delivery::Delivery> deliveries;
  struct Archived {
    std::string archive_key;
    uint64_t archive_id = 0;
    std::string key, text;
  };
  std::vector<Archived> archived;
};
/// Adds what the event causes. `only_rules`: ARNs of the rules that may see it (a replay's FilterArns); empty: all.
void collect(Events& events, const BusName& bus, const Event& event, const std::vector<std::string>& only_rules,
             Consequences& out);
void write(Events& events, storage::Txn& txn, const Consequences& consequences);
/// The deliveries of one rule for one event.
void collect_rule(Events& events, const BusName& bus, const Rule& rule, const Event& event, Consequences& out);

// target_input.cc
/// What a target gets of an event; nullopt: nothing that can be delivered comes out.
std::optional<std::string> target_input(const Json& target, const Event& event, const std::string& event_text,
                                        const Rule& rule, Millis now);

// schedules.cc
/// Plans the next firing of every rule that has a schedule.
void plan_all(Events& events);
/// After a rule was put, enabled or disabled: its next firing, if it has a schedule.
void plan_rule(Events& events, const std::string& key, const Rule& rule);
/// A rule's time has come; on the deliveries' thread.
void fire(Events& events, const std::string& key);

// explain.cc
/// What became of the newest events at the rule of that name or ARN, or at every rule of that bus; empty: there is none.
std::string explain(Events& events, const std::string& name);

// replays.cc
/// Goes on with the replays that an earlier run left.
void resume_replays(Events& events);

// put_events.cc
/// An event that another service, or another bus, sends: the body is a whole event, or with "DetailType" its detail.
Result<void> accept_from_service(Events& events, const std::string& bus_arn, const ports::Message& message,
                                 const ports::Destination::Sender& sender);

}  // namespace millrace::eventbridge
