#pragma once
// A bucket's default retention.

#include <optional>
#include <string>

#include "emulator/services/s3/buckets/bucket.h"

namespace millrace::s3 {

struct DefaultRetention {
  std::string mode;
  Millis length_ms = 0;
};
std::optional<DefaultRetention> default_retention(const storage::Reader& reader, const Bucket& bucket);
bool has_object_lock(const storage::Reader& reader, const Bucket& bucket);

}  // namespace millrace::s3
