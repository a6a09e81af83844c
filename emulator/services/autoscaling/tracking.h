#pragma once
// Target tracking: each policy keeps alarms in CloudWatch as AWS does, and what they say moves the capacity. Sources: "How
// target tracking scaling works", and the alarms that public plans and scripts show.

#include "emulator/ports/alarms.h"
#include "emulator/services/autoscaling/scaling.h"

namespace millrace::autoscaling {

/// The names of a new policy's alarms, by what they watch ("AlarmHigh"); empty for policies that track nothing.
Json new_alarm_names(Random& random, const TargetName& name, const Json& policy);
/// What Alarms shows of them.
Json shown_alarms(const Place& place, const Json& policy);
std::vector<std::string> alarm_names(const Json& policy);

/// PutMetricAlarm's input of one of the policy's alarms, as thresholds are while the capacity is that.
Json alarm_of(const Json& policy, const std::string& which, int64_t capacity);

/// The capacity at which what was measured would be at the policy's target value; `current` where nothing was measured.
int64_t wanted_capacity(ports::Alarms& alarms, const Place& place, const Json& policy, int64_t current, bool out,
                        int64_t now_s);

}  // namespace millrace::autoscaling
