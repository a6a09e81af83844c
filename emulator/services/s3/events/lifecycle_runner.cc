#include "emulator/services/s3/events/lifecycle_runner.h"

#include "emulator/base/log.h"
#include "emulator/base/woken_thread.h"
#include "emulator/services/s3/buckets/lifecycle.h"
#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/events/notifications.h"
#include "emulator/services/s3/multipart/uploads.h"
#include "emulator/services/s3/objects/commit.h"
#include "emulator/services/s3/objects/keys.h"
#include "emulator/services/s3/objects/lookup.h"

namespace millrace::s3 {

using storage::Family;

namespace {

constexpr Millis kDay = 86'400'000;

const Cause kLifecycle{"LifecycleExpiration:Delete", "s3.amazonaws.com", "127.0.0.1", ""};

/// One of a key's versions, with what the rules look at.
struct Seen {
  std::string key;
  ObjectVersion version;
  size_t newer = 0;             // versions of the key that are newer
  Millis noncurrent_since = 0;  // when the next newer one came; 0 for the newest
  bool only_one = false;        // a delete marker without versions behind it
};

/// All versions of one key at a time, newest first.
void each_key(const storage::Reader& reader, const Bucket& bucket,
              const std::function<void(std::vector<Seen>)>& visit) {
  std::vector<Seen> group;
  auto flush = [&] {
    if (group.size() == 1) group[0].only_one = true;
    if (!group.empty()) visit(std::move(group));
    group.clear();
  };
  std::string prefix = keys::versions(bucket.id);
  reader.scan(Family::objects, prefix, storage::prefix_end(prefix),
              [&](std::string_view stored, std::string_view record) {
                auto version = decode(record);
                if (!version) return true;
                version->sequence = keys::sequence_of(stored);
                Seen seen{keys::object_key_of(stored), std::move(*version)};
                if (!group.empty() && group.back().key != seen.key) flush();
                seen.newer = group.size();
                seen.noncurrent_since = group.empty() ? 0 : group.back().version.modified_ms;
                group.push_back(std::move(seen));
                return true;
              });
  flush();
}

bool current_is_due(const LifecycleRule& rule, const Seen& seen, Millis now) {
  if (rule.expiration_days) return end_of_days(seen.version.modified_ms, *rule.expiration_days) <= now;
  return rule.expiration_date >= 0 && rule.expiration_date <= now;
}

bool noncurrent_is_due(const std::optional<int64_t>& days, const std::optional<int64_t>& kept, const Seen& seen,
                       Millis now) {
  if (!days || end_of_days(seen.noncurrent_since, *days) > now) return false;
  // The newest version isn't noncurrent: of the `newer` ones, one is current.
  return !kept || seen.newer > static_cast<size_t>(*kept);
}

bool transition_is_due(const LifecycleRule::Transition& transition, const Seen& seen, Millis now) {
  if (seen.newer > 0) return noncurrent_is_due(transition.days, transition.newer_noncurrent, seen, now);
  const Millis due = transition.days ? end_of_days(seen.version.modified_ms, *transition.days) : transition.date;
  return due >= 0 && due <= now;
}

class BucketRun {
 public:
  BucketRun(S3& s3, const Bucket& bucket, std::vector<LifecycleRule> rules)
      : s3_(s3),
        bucket_(bucket),
        rules_(std::move(rules)),
        now_(s3.clock.now_ms()),
        minimum_varies_(minimum_size_varies(s3.store, bucket)) {}

  size_t run() {
    auto snapshot = s3_.store.snapshot();
    each_key(*snapshot, bucket_, [&](std::vector<Seen> group) {
      for (const Seen& seen : group) apply(seen);
    });
    abort_uploads(*snapshot);
    return done_;
  }

 private:
  /// Of several rules, one that removes counts before one that moves, and of those the coldest class.
  void apply(const Seen& seen) {
    std::string coldest;
    for (const LifecycleRule& rule : rules_) {
      if (!rule.applies_to(seen.key, seen.version)) continue;
      if (removes(rule, seen))
        return remove(
            seen, seen.newer > 0 || seen.version.delete_marker ? std::optional(seen.version.version_id) : std::nullopt);
      if (seen.version.delete_marker) continue;
      for (const auto& transition : seen.newer > 0 ? rule.noncurrent_transitions : rule.transitions) {
        if (!transition_is_due(transition, seen, now_)) continue;
        if (!may_move(rule, seen.version.size, transition.storage_class, minimum_varies_)) continue;
        if (is_colder(transition.storage_class, coldest.empty() ? seen.version.storage_class : coldest))
          coldest = transition.storage_class;
      }
    }
    if (!coldest.empty()) move(seen, coldest);
  }

  bool removes(const LifecycleRule& rule, const Seen& seen) const {
    if (seen.newer > 0) return noncurrent_is_due(rule.noncurrent_days, rule.newer_noncurrent, seen, now_);
    if (!seen.version.delete_marker) return current_is_due(rule, seen, now_);
    return seen.only_one && (rule.expired_delete_marker || rule.expiration_days);
  }

  void remove(const Seen& seen, const std::optional<std::string>& version_id) {
    auto change = [&](storage::Txn& txn) -> Result<void> {
      TRY(Bucket bucket, require_bucket(txn, bucket_.name));
      auto newest = find_newest(txn, bucket, seen.key);
      // Written again since the snapshot: not due any more.
      if (!version_id && (!newest || newest->sequence != seen.version.sequence)) return {};
      TRY_VOID(delete_version(txn, s3_, bucket, seen.key, version_id, false, kLifecycle));
      return {};
    };
    if (!s3_.store.transact(change).has_error()) ++done_;
  }

  void move(const Seen& seen, const std::string& storage_class) {
    auto change = [&](storage::Txn& txn) -> Result<void> {
      TRY(Bucket bucket, require_bucket(txn, bucket_.name));
      auto version = find_version(txn, bucket, seen.key, seen.version.version_id);
      if (!version || version->sequence != seen.version.sequence) return {};
      version->storage_class = storage_class;
      update_version(txn, bucket, seen.key, *version);
      queue_event(txn, s3_, bucket,
                  {"LifecycleTransition", seen.key, version->size, version->etag, version->version_id,
                   next_sequence(txn), kLifecycle});
      return {};
    };
    if (!s3_.store.transact(change).has_error()) ++done_;
  }

  void abort_uploads(const storage::Reader& reader) {
    std::vector<std::pair<std::string, std::string>> due;
    std::string prefix = keys::uploads(bucket_.id);
    reader.scan(Family::objects, prefix, storage::prefix_end(prefix),
                [&](std::string_view stored, std::string_view record) {
                  auto upload = decode(record);
                  std::string_view rest;
                  std::string key = keys::object_key_of(stored, rest);
                  for (const LifecycleRule& rule : rules_) {
                    if (!upload || !rule.abort_upload_days || !key.starts_with(rule.prefix)) continue;
                    if (end_of_days(upload->modified_ms, *rule.abort_upload_days) > now_) continue;
                    due.emplace_back(key, storage::take_part(rest).value_or(""));
                    break;
                  }
                  return true;
                });
    for (const auto& [key, id] : due) {
      auto change = [&, &key = key, &id = id](storage::Txn& txn) -> Result<void> {
        erase_upload(txn, bucket_, key, id, {});
        return {};
      };
      if (!s3_.store.transact(change).has_error()) ++done_;
    }
  }

  S3& s3_;
  Bucket bucket_;
  std::vector<LifecycleRule> rules_;
  Millis now_;
  bool minimum_varies_;
  size_t done_ = 0;
};

}  // namespace

size_t run_lifecycle(S3& s3) {
  std::vector<Bucket> buckets;
  each_bucket(s3.store, [&](const Bucket& bucket) {
    buckets.push_back(bucket);
    return true;
  });
  size_t done = 0;
  for (const Bucket& bucket : buckets) {
    if (s3.background->stopping()) break;
    auto rules = lifecycle_rules(s3.store, bucket);
    if (!rules.empty()) done += BucketRun(s3, bucket, std::move(rules)).run();
  }
  if (done) log::info("s3: lifecycle rules were applied to " + std::to_string(done) + " versions and uploads");
  return done;
}

Millis next_lifecycle_run(Millis now) {
  return (now / kDay + 1) * kDay;
}

}  // namespace millrace::s3
