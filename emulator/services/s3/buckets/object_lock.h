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

/// "Tue Dec 31 16:00:00 PST 2019": how S3 shows a refused date, in the time of the US's west coast.
std::string java_date(Millis t);

}  // namespace millrace::s3
