// GetObject, HeadObject.

#include "emulator/services/s3/objects/get_object.h"

#include <charconv>

#include "emulator/base/encoding.h"
#include "emulator/services/s3/body/body_source.h"
#include "emulator/services/s3/buckets/cors.h"
#include "emulator/services/s3/buckets/lifecycle.h"
#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/objects/customer_key.h"
#include "emulator/services/s3/objects/key_use.h"
#include "emulator/services/s3/objects/keys.h"
#include "emulator/services/s3/objects/lookup.h"
#include "emulator/services/s3/objects/new_object.h"
#include "emulator/services/s3/objects/operations.h"
#include "emulator/services/s3/objects/ranges.h"
#include "emulator/services/s3/wire/metadata_text.h"

namespace millrace::s3 {

using protocol::Call;
using protocol::HttpReply;

namespace {

struct Override {
  const char* parameter;
  const char* header;
};
constexpr Override kOverrides[] = {
    {"response-cache-control", "cache-control"},       {"response-content-disposition", "content-disposition"},
    {"response-content-encoding", "content-encoding"}, {"response-content-language", "content-language"},
    {"response-content-type", "content-type"},         {"response-expires", "expires"}};

/// The part of the object that is answered.
struct Selection {
  uint64_t offset = 0;
  uint64_t count = 0;
  bool partial = false;
  bool by_part = false;
  Checksum checksum;  // of what is answered; none for a range
};

AwsError delete_marker_named(const Call& call, const ObjectVersion& version) {
  AwsError error(errors::method_not_allowed, "The specified method is not allowed against this resource.",
                 Json{{"Method", call.http.method}, {"ResourceType", "DeleteMarker"}});
  error = errors::with_header(std::move(error), "x-amz-delete-marker", "true");
  error = errors::with_header(std::move(error), "Allow", "DELETE");
  error = errors::with_header(std::move(error), "Last-Modified", http_date(version.modified_ms));
  return errors::with_header(std::move(error), "x-amz-version-id", version.version_id);
}

Result<void> check_read_conditions(S3& s3, const Call& call, const ObjectVersion& version) {
  std::string failed;
  switch (judge(read_conditions(call.http.headers), version.etag, version.modified_ms, s3.clock.now_ms(), failed)) {
    case Verdict::send: return {};
    case Verdict::failed: return errors::precondition(failed);
    case Verdict::not_modified: break;
  }
  AwsError error(errors::not_modified, "Not Modified");
  error = errors::with_header(std::move(error), "ETag", quoted_etag(version.etag));
  if (version.version_id != "null")
    error = errors::with_header(std::move(error), "x-amz-version-id", version.version_id);
  return errors::with_header(std::move(error), "Last-Modified", http_date(version.modified_ms));
}

Result<Selection> select_part(const storage::Reader& reader, const ObjectVersion& version, const std::string& text) {
  uint32_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 1 || number > 10'000) {
    return errors::invalid_argument("Part number must be an integer between 1 and 10000, inclusive", "partNumber",
                                    text);
  }
  Selection out;
  out.by_part = out.partial = true;
  std::vector<Part> parts;
  if (version.parts > 0)
    parts = decode_parts(reader.get(storage::Family::objects, keys::manifest(version.body)).value_or(""));
  if (number > std::max<size_t>(parts.size(), 1)) {
    return AwsError(errors::invalid_part_number, "The requested partnumber is not satisfiable",
                    Json{{"PartNumberRequested", number}, {"ActualPartCount", std::max<size_t>(parts.size(), 1)}});
  }
  if (parts.empty()) {
    out.count = version.size;
    return out;
  }
  for (uint32_t i = 0; i + 1 < number; ++i) out.offset += parts[i].size;
  out.count = parts[number - 1].size;
  // Where the parts have checksums of their own. The whole's is told of the whole alone, as was seen; unverified: that
  // a part's is then told.
  if (version.checksum.composite) out.checksum = parts[number - 1].checksum;
  return out;
}

Result<Selection> select_bytes(const storage::Reader& reader, const Call& call, const ObjectVersion& version) {
  std::string_view range = header(call, "range");
  auto part = parameter(call, "partNumber");
  if (part && !range.empty()) return errors::invalid("Cannot specify both Range header and partNumber query parameter");
  if (part) return select_part(reader, version, *part);
  TRY(auto wanted, parse_range(range, version.size));
  Selection out;
  out.count = version.size;
  if (!wanted) {
    out.checksum = version.checksum;
    return out;
  }
  out.offset = wanted->first;
  out.count = wanted->last - wanted->first + 1;
  out.partial = true;
  return out;
}

Result<void> check_archived(S3& s3, const Call& call, const ObjectVersion& version) {
  if (call.http.method == "HEAD") return {};
  if (version.storage_class != "GLACIER" && version.storage_class != "DEEP_ARCHIVE") return {};
  if (version.restored_until_ms > s3.clock.now_ms()) return {};
  return AwsError(errors::invalid_object_state, "The operation is not valid for the object's storage class",
                  Json{{"StorageClass", version.storage_class}});
}

void apply_overrides(const Call& call, protocol::Headers& headers) {
  if (call.caller.anonymous) return;
  for (const Override& each : kOverrides) {
    if (auto value = parameter(call, each.parameter)) headers.set(each.header, *value);
  }
}

Result<void> check_overrides(const Call& call) {
  if (!call.caller.anonymous) return {};
  for (const Override& each : kOverrides) {
    if (parameter(call, each.parameter))
      return errors::invalid("Request specific response headers cannot be used for anonymous GET requests.");
  }
  return {};
}

void add_lock_headers(const ObjectVersion& version, protocol::Headers& headers) {
  if (!version.lock_mode.empty()) {
    headers.set("x-amz-object-lock-mode", version.lock_mode);
    headers.set("x-amz-object-lock-retain-until-date", iso_millis(version.retain_until_ms));
  }
  if (version.legal_hold_known) headers.set("x-amz-object-lock-legal-hold", version.legal_hold ? "ON" : "OFF");
}

}  // namespace

void add_expiration(const storage::Reader& reader, const Bucket& bucket, const std::string& key,
                    const ObjectVersion& version, protocol::Headers& headers) {
  Millis earliest = -1;
  std::string id;
  for (const LifecycleRule& rule : lifecycle_rules(reader, bucket)) {
    if (!rule.applies_to(key, version)) continue;
    Millis due = rule.expiration_days ? end_of_days(version.modified_ms, *rule.expiration_days) : rule.expiration_date;
    if (due < 0 || (earliest >= 0 && due >= earliest)) continue;
    earliest = due;
    id = rule.id;
  }
  if (earliest >= 0)
    headers.set("x-amz-expiration",
                "expiry-date=\"" + http_date(earliest) + "\", rule-id=\"" + percent_encode(id) + "\"");
}

void add_object_headers(const storage::Reader& reader, const Bucket& bucket, const ObjectVersion& version,
                        protocol::Headers& headers) {
  headers.set("Last-Modified", http_date(version.modified_ms));
  headers.set("ETag", quoted_etag(version.etag));
  headers.set("Accept-Ranges", "bytes");
  add_encryption_headers(version, headers);
  if (version.version_id != "null" || versioning_of(reader, bucket.name) != Versioning::unversioned)
    headers.set("x-amz-version-id", version.version_id);
  if (version.storage_class != "STANDARD") headers.set("x-amz-storage-class", version.storage_class);
  for (const auto& [name, value] : version.headers)
    headers.set(name, name.starts_with("x-amz-meta-") ? metadata_to_header(value) : value);
  if (!version.tags.empty()) headers.set("x-amz-tagging-count", std::to_string(version.tags.size()));
  if (!version.replication_status.empty()) headers.set("x-amz-replication-status", version.replication_status);
  if (version.restored_until_ms > 0)
    headers.set("x-amz-restore",
                "ongoing-request=\"false\", expiry-date=\"" + http_date(version.restored_until_ms) + "\"");
  add_lock_headers(version, headers);
}

Result<HttpReply> read_object(S3& s3, const Call& call) {
  std::shared_ptr<const storage::Reader> snapshot = s3.store.snapshot();
  TRY(Bucket bucket, called_bucket(*snapshot, call));
  const std::string& key = key_of(call);
  TRY(ObjectVersion version, require_version(*snapshot, bucket, key, parameter(call, "versionId")));
  if (version.delete_marker) return delete_marker_named(call, version);
  TRY_VOID(check_customer_key(call.http.headers, version));
  const bool reads = call.http.method == "GET";
  if (reads) TRY_VOID(use_kms_key(s3, bucket, key, call, {"Decrypt"}, version));
  TRY_VOID(check_overrides(call));
  TRY_VOID(check_read_conditions(s3, call, version));
  TRY_VOID(check_archived(s3, call, version));
  TRY(Selection selection, select_bytes(*snapshot, call, version));

  HttpReply reply = empty_reply(selection.partial ? 206 : 200);
  add_object_headers(*snapshot, bucket, version, reply.headers);
  if (!parameter(call, "versionId")) add_expiration(*snapshot, bucket, key, version, reply.headers);
  apply_overrides(call, reply.headers);
  if (selection.partial && selection.count > 0) {
    reply.headers.set("Content-Range", "bytes " + std::to_string(selection.offset) + "-" +
                                           std::to_string(selection.offset + selection.count - 1) + "/" +
                                           std::to_string(version.size));
  }
  if (selection.by_part && version.parts > 0) reply.headers.set("x-amz-mp-parts-count", std::to_string(version.parts));
  if (equals_ignore_case(header(call, "x-amz-checksum-mode"), "ENABLED") &&
      selection.checksum.algorithm != Algorithm::none) {
    reply.headers.set(checksum_header(selection.checksum.algorithm), selection.checksum.value);
    reply.headers.set("x-amz-checksum-type", version.checksum.composite ? "COMPOSITE" : "FULL_OBJECT");
  }
  if (call.http.method == "HEAD") {
    reply.headers.set("Content-Length", std::to_string(selection.count));
    return reply;
  }
  TRY(const std::string bytes_key, body_key(s3, bucket, key, version, call.http.headers));
  attach_body(snapshot, version, bytes_key, selection.offset, selection.count, reply);
  return reply;
}

protocol::AccessNeeds read_needs(S3& s3, const Call& call, const Bucket& bucket, const char* action) {
  const std::string& key = key_of(call);
  if (call.caller.is_root || find_current(s3.store, bucket, key)) return {object_need(s3, call, bucket, action, key)};
  // Of a key that isn't there, those who may list the bucket are told so; to the others it is denied.
  // unverified: a Deny of the action itself isn't looked at.
  return {bucket_need(s3, bucket, "s3:ListBucket", bucket_arn(bucket.name))};
}

Access read_access(S3& s3, const char* action, const char* version_action) {
  return [&s3, action, version_action](const Call& call) -> Result<protocol::AccessNeeds> {
    TRY(Bucket bucket, called_bucket(s3.store, call));
    bool versioned = parameter(call, "versionId").has_value();
    if (!versioned) return read_needs(s3, call, bucket, action);
    return protocol::AccessNeeds{object_need(s3, call, bucket, version_action, key_of(call))};
  };
}

void add_get_object(Operations& operations, S3& s3) {
  Access access = read_access(s3, "s3:GetObject", "s3:GetObjectVersion");
  operations.push_back(s3_operation("GetObject", access, [&s3](Call& call) { return read_object(s3, call); }));
  operations.push_back(s3_operation("HeadObject", access, [&s3](Call& call) { return read_object(s3, call); }));
}

}  // namespace millrace::s3
