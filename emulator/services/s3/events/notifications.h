#pragma once
// Events on their way to functions, queues and topics. An event is stored in the change that causes it, so
// that it isn't lost with the process, and erased once it was delivered.

#include <string>

#include "emulator/services/s3/buckets/bucket.h"
#include "emulator/services/s3/buckets/notification.h"
#include "emulator/services/s3/objects/commit.h"
#include "emulator/services/s3/s3.h"

namespace millrace::s3 {

struct ObjectEvent {
  std::string name;  // "ObjectCreated:Put"
  std::string key;
  uint64_t size = 0;
  std::string etag;
  std::string version_id;
  uint64_t sequence = 0;
  Cause cause;
  Millis restored_until_ms = 0;     // of a restore that is complete
  std::string restored_class = {};  // what the object is stored as
};

/// Stores the event for every target of the bucket that wants it, and wakes the sender after the commit.
void queue_event(storage::Txn& txn, S3& s3, const Bucket& bucket, const ObjectEvent& event);

/// Stores an s3:TestEvent for every queue and topic: what S3 sends there when a configuration is put. Functions get
/// none.
void queue_test_events(storage::Txn& txn, S3& s3, const Bucket& bucket, const std::vector<NotificationTarget>& targets,
                       const std::string& request_id);

/// Sends what is queued, in order; called on the background thread. An event that its target refuses is
/// dropped with a line in the log, as S3 tells nobody either.
void deliver_events(S3& s3);

}  // namespace millrace::s3
