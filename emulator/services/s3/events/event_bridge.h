#pragma once
// Events as EventBridge has them.

#include "emulator/services/s3/events/notifications.h"

namespace millrace::s3 {

/// The whole event; null for what S3 doesn't tell EventBridge.
Json event_bridge_event(const Bucket& bucket, const ObjectEvent& event, const std::string& id, Millis now);

}  // namespace millrace::s3
