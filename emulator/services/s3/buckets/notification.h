#pragma once
// Who wants to hear of a bucket's events.

#include <string>
#include <vector>

#include "emulator/services/s3/buckets/bucket.h"

namespace millrace::s3 {

struct NotificationTarget {
  std::string id;
  std::string arn;  // of a topic, a queue or a function
  std::vector<std::string> events;
  std::string prefix, suffix;

  /// `event` with its "s3:", as in configurations.
  bool matches(std::string_view event, std::string_view key) const;
};

struct Notifications {
  std::vector<NotificationTarget> targets;
  bool event_bridge = false;  // all of the bucket's events go to its account's default bus
};
Notifications notifications_of(const storage::Reader& reader, const Bucket& bucket);

}  // namespace millrace::s3
