#pragma once
// Lifecycle rules as they are executed.

#include <optional>
#include <string>
#include <vector>

#include "emulator/services/s3/buckets/bucket.h"
#include "emulator/services/s3/objects/object_version.h"

namespace millrace::s3 {

struct LifecycleRule {
  struct Transition {
    std::string storage_class;
    std::optional<int64_t> days;
    Millis date = -1;
  };
  std::string id;
  bool enabled = false;
  std::string prefix;
  Pairs tags;
  std::optional<int64_t> larger_than, smaller_than;
  std::optional<int64_t> expiration_days;
  Millis expiration_date = -1;
  bool expired_delete_marker = false;
  std::vector<Transition> transitions;
  std::optional<int64_t> noncurrent_days, newer_noncurrent;
  std::optional<int64_t> abort_upload_days;

  bool applies_to(std::string_view key, const ObjectVersion& version) const;
};

/// The enabled rules.
std::vector<LifecycleRule> lifecycle_rules(const storage::Reader& reader, const Bucket& bucket);

/// So many days after `from`, rounded up to the next midnight UTC, as S3 counts.
Millis end_of_days(Millis from, int64_t days);

}  // namespace millrace::s3
