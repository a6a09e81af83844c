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
    std::optional<int64_t> newer_noncurrent;  // of noncurrent versions only
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
  std::vector<Transition> noncurrent_transitions;  // days since the version was replaced
  std::optional<int64_t> noncurrent_days, newer_noncurrent;
  std::optional<int64_t> abort_upload_days;

  bool applies_to(std::string_view key, const ObjectVersion& version) const;
};

/// Whether an object of that size may be moved to the class by this rule. Under 128 KiB it stays where it is, unless
/// the rule speaks of sizes itself, or the bucket varies by class and this is an archive.
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
bool may_move(const LifecycleRule& rule, uint64_t size, std::string_view storage_class, bool varies_by_class);
/// Objects only move on to colder classes. False for the same class.
bool is_colder(std::string_view storage_class, std::string_view than);
/// x-amz-transition-default-minimum-object-size is varies_by_storage_class.
bool minimum_size_varies(const storage::Reader& reader, const Bucket& bucket);

/// The enabled rules.
std::vector<LifecycleRule> lifecycle_rules(const storage::Reader& reader, const Bucket& bucket);

/// So many days after `from`, rounded up to the next midnight UTC, as S3 counts.
Millis end_of_days(Millis from, int64_t days);

}  // namespace millrace::s3
