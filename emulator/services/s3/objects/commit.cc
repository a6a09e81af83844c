#include "emulator/services/s3/objects/commit.h"

#include "emulator/services/s3/body/body_writer.h"
#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/events/notifications.h"
#include "emulator/services/s3/events/replication.h"
#include "emulator/services/s3/objects/keys.h"
#include "emulator/services/s3/objects/lookup.h"
#include "emulator/services/s3/objects/ranges.h"

namespace millrace::s3 {

using storage::Family;

namespace {

constexpr std::string_view kIdAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._";

void store(storage::Txn& txn, const Bucket& bucket, const std::string& key, const ObjectVersion& version) {
  std::string record = encode(version);
  txn.put(Family::objects, keys::version(bucket.id, key, version.sequence), record);
  if (version.delete_marker)
    txn.erase(Family::objects, keys::current(bucket.id, key));
  else
    txn.put(Family::objects, keys::current(bucket.id, key), record);
}

/// Removes the version with id "null", which a write outside of versioning replaces.
void erase_null_version(storage::Txn& txn, const Bucket& bucket, const std::string& key) {
  auto replaced = find_version(txn, bucket, key, "null");
  if (!replaced) return;
  erase_bytes(txn, *replaced);
  txn.erase(Family::objects, keys::version(bucket.id, key, replaced->sequence));
}

void assign_identity(storage::Txn& txn, S3& s3, const Bucket& bucket, const std::string& key, ObjectVersion& version) {
  version.sequence = next_sequence(txn);
  if (versioning_of(txn, bucket.name) == Versioning::enabled) {
    version.version_id = make_version_id(version.sequence, s3.random.text(32, kIdAlphabet));
    return;
  }
  version.version_id = "null";
  erase_null_version(txn, bucket, key);
}

bool is_protected(const ObjectVersion& version, Millis now, bool bypass_governance) {
  if (version.legal_hold) return true;
  if (version.retain_until_ms <= now) return false;
  return version.lock_mode == "COMPLIANCE" || !bypass_governance;
}

ObjectEvent event_of(const std::string& key, const ObjectVersion& version, const Cause& cause) {
  return {cause.event, key, version.size, version.etag, version.version_id, version.sequence, cause};
}

/// "Delete" or "DeleteMarkerCreated", of a request or of a lifecycle rule.
Cause removal(const Cause& cause, const char* kind) {
  Cause out = cause;
  out.event =
      (cause.event.starts_with("LifecycleExpiration") ? "LifecycleExpiration:" : "ObjectRemoved:") + std::string(kind);
  return out;
}

Result<Deletion> remove_for_good(storage::Txn& txn, S3& s3, const Bucket& bucket, const std::string& key,
                                 const std::string& version_id, bool bypass_governance, const Cause& cause) {
  Deletion out;
  out.version_id = version_id;
  auto version = find_version(txn, bucket, key, version_id);
  if (!version) return out;
  if (is_protected(*version, s3.clock.now_ms(), bypass_governance))
    return AwsError(errors::access_denied, "Access Denied because object protected by object lock.");
  out.marker_removed = version->delete_marker;
  erase_bytes(txn, *version);
  txn.erase(Family::objects, keys::version(bucket.id, key, version->sequence));
  auto newest = find_newest(txn, bucket, key);
  if (newest && !newest->delete_marker)
    txn.put(Family::objects, keys::current(bucket.id, key), encode(*newest));
  else
    txn.erase(Family::objects, keys::current(bucket.id, key));
  version->sequence = next_sequence(txn);
  queue_event(txn, s3, bucket, event_of(key, *version, removal(cause, "Delete")));
  return out;
}

}  // namespace

Result<WriteConditions> write_conditions(const protocol::Call& call) {
  WriteConditions out;
  std::string_view none = header(call, "if-none-match"), match = header(call, "if-match");
  if (!none.empty() && !match.empty())
    return errors::header_not_implemented("If-Match,If-None-Match",
                                          "Multiple conditional request headers present in the request");
  if (!none.empty() && none != "*")
    return errors::header_not_implemented("If-None-Match",
                                          "We don't accept the provided value of If-None-Match header for this API");
  if (match == "*")
    return errors::header_not_implemented("If-Match",
                                          "We don't accept the provided value of If-Match header for this API");
  out.if_none_match = !none.empty();
  if (!match.empty()) out.if_match = std::string(match);
  return out;
}

Result<void> check_conditions(const storage::Reader& reader, const Bucket& bucket, const std::string& key,
                              const WriteConditions& conditions) {
  if (!conditions.if_none_match && !conditions.if_match) return {};
  auto current = find_current(reader, bucket, key);
  if (conditions.if_none_match && current) return errors::precondition("If-None-Match");
  if (!conditions.if_match) return {};
  if (!current) return errors::no_such_key(key);
  if (!etag_matches(*conditions.if_match, current->etag)) return errors::precondition("If-Match");
  return {};
}

Cause cause_of(const protocol::Call& call, std::string event) {
  return {std::move(event), call.caller.user_id.empty() ? "Anonymous" : call.caller.user_id, call.http.peer,
          call.request_id, std::string(call.http.headers.get("x-amzn-trace-id"))};
}

void put_version(storage::Txn& txn, S3& s3, const Bucket& bucket, const std::string& key, ObjectVersion& version,
                 const Cause& cause) {
  assign_identity(txn, s3, bucket, key, version);
  plan_replication(txn, s3, bucket, key, version);
  store(txn, bucket, key, version);
  queue_event(txn, s3, bucket, event_of(key, version, cause));
}

void put_replica(storage::Txn& txn, S3& s3, const Bucket& bucket, const std::string& key, ObjectVersion& version) {
  auto newest = find_newest(txn, bucket, key);
  if (!newest || newest->sequence < version.sequence)
    store(txn, bucket, key, version);
  else
    txn.put(Family::objects, keys::version(bucket.id, key, version.sequence), encode(version));
  queue_event(txn, s3, bucket,
              event_of(key, version,
                       {version.delete_marker ? "ObjectRemoved:DeleteMarkerCreated" : "ObjectCreated:Put",
                        "s3.amazonaws.com", "127.0.0.1", ""}));
}

void update_version(storage::Txn& txn, const Bucket& bucket, const std::string& key, const ObjectVersion& version) {
  std::string record = encode(version);
  txn.put(Family::objects, keys::version(bucket.id, key, version.sequence), record);
  auto current = find_current(txn, bucket, key);
  if (current && current->version_id == version.version_id)
    txn.put(Family::objects, keys::current(bucket.id, key), record);
}

namespace {

/// Uploads of the key that are in progress: completing one with If-None-Match is a conflict from now on.
void tell_uploads(storage::Txn& txn, const Bucket& bucket, const std::string& key) {
  const std::string prefix = keys::uploads_of(bucket.id, key);
  std::vector<std::pair<std::string, std::string>> changed;
  txn.scan(Family::objects, prefix, storage::prefix_end(prefix), [&](std::string_view at, std::string_view record) {
    auto upload = decode(record);
    if (!upload || upload->key_deleted) return true;
    upload->key_deleted = true;
    changed.emplace_back(at, encode(*upload));
    return true;
  });
  for (const auto& [at, record] : changed) txn.put(Family::objects, at, record);
}

}  // namespace

Result<Deletion> delete_version(storage::Txn& txn, S3& s3, const Bucket& bucket, const std::string& key,
                                const std::optional<std::string>& version_id, bool bypass_governance,
                                const Cause& cause) {
  TRY_VOID(check_version_id(version_id));
  if (version_id) return remove_for_good(txn, s3, bucket, key, *version_id, bypass_governance, cause);
  Deletion out;
  if (find_current(txn, bucket, key)) tell_uploads(txn, bucket, key);
  if (versioning_of(txn, bucket.name) == Versioning::unversioned) {
    if (!find_version(txn, bucket, key, "null")) {
      // S3 tells of it all the same. unverified: for DeleteObject; it was seen of DeleteObjects.
      ObjectVersion missing;
      missing.sequence = next_sequence(txn);
      queue_event(txn, s3, bucket, event_of(key, missing, removal(cause, "Delete")));
      return out;
    }
    TRY_VOID(remove_for_good(txn, s3, bucket, key, "null", bypass_governance, cause));
    return out;
  }
  ObjectVersion marker;
  marker.delete_marker = true;
  marker.modified_ms = s3.clock.now_ms();
  marker.owner = bucket.account;
  assign_identity(txn, s3, bucket, key, marker);
  plan_replication(txn, s3, bucket, key, marker);
  store(txn, bucket, key, marker);
  queue_event(txn, s3, bucket, event_of(key, marker, removal(cause, "DeleteMarkerCreated")));
  out.marker_created = true;
  out.version_id = marker.version_id;
  return out;
}

void erase_bytes(storage::Txn& txn, const ObjectVersion& version) {
  if (version.delete_marker || version.size == 0) {
    if (version.parts == 0) return;
  }
  if (version.parts == 0) return erase_body(txn, version.body, version.size);
  std::string manifest = keys::manifest(version.body);
  for (const Part& part : decode_parts(txn.get(Family::objects, manifest).value_or("")))
    erase_body(txn, part.body, part.size);
  txn.erase(Family::objects, manifest);
}

}  // namespace millrace::s3
