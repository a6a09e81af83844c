#pragma once
// Alarms at work: evaluated once a minute on the emulator's clock while there are any, and when data arrive that already
// decide; a change of state is stored together with the messages that it causes.

#include <set>
#include <string>
#include <vector>

#include "emulator/services/cloudwatch/state.h"

namespace millrace::cloudwatch {

/// Evaluates every alarm for the minutes that passed since it was last looked at. False if there is no alarm. On the
/// deliveries' thread.
bool evaluate_all(CloudWatch& watch);
/// From now on alarms are evaluated each minute.
void watch_alarms(CloudWatch& watch);
/// Data came: alarms that compare a growing statistic (Sum, Maximum, SampleCount) upwards needn't wait for the minute's end.
void evaluate_early(CloudWatch& watch, const Scope& scope, const std::vector<Datum>& data);

/// What an alarm becomes.
struct NewState {
  std::string value, reason;
  std::string reason_data = {};  // JSON text; empty: none
};
/// Stores the new state inside a change, with its history, its actions and its event, and evaluates the composite alarms
/// over it. Nothing if neither the state nor its reason is new.
void change_state(CloudWatch& watch, storage::Txn& txn, const Scope& scope, Alarm alarm, const NewState& state);

/// The names of the alarms in a composite alarm's rule.
std::set<std::string> children_of(const std::string& rule);
/// The state of a composite alarm's rule: true if it holds. ValidationError for what can't be read.
Result<bool> holds(const std::string& rule, const std::function<std::string(const std::string& alarm)>& state_of);

/// The default bus is told of a new, changed or deleted alarm.
void tell_configuration(CloudWatch& watch, storage::Txn& txn, const Scope& scope, const Alarm* before,
                        const Alarm* after);

struct HistoryEntry {
  const char* type;  // "StateUpdate", "ConfigurationUpdate", "Action"
  std::string summary;
  Json data;
};
/// Adds an entry to an alarm's history inside a change.
void add_history(CloudWatch& watch, storage::Txn& txn, const Scope& scope, const Alarm& alarm,
                 const HistoryEntry& entry);

// explain.cc
/// In which state the alarm of that name or ARN is and why, and what its actions did; empty: there is none.
std::string explain(CloudWatch& watch, const std::string& name);

// alarm_messages.cc
/// What a topic, a function and the default bus are told of a change; `before` and `after`: the alarm.
std::string topic_subject(const Scope& scope, const Alarm& after);
std::string topic_message(const Scope& scope, const Alarm& before, const Alarm& after);
std::string function_event(const Scope& scope, const Alarm& before, const Alarm& after);
struct ConfigurationChange {
  const Alarm* before = nullptr;  // null: it is new
  const Alarm* after = nullptr;   // null: it is deleted
  Millis at_ms = 0;
};
std::string configuration_event(const Scope& scope, const ConfigurationChange& change, const std::string& id);
std::string bus_event(const Scope& scope, const Alarm& before, const Alarm& after, const std::string& id);

}  // namespace millrace::cloudwatch
