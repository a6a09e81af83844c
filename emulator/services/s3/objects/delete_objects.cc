// DeleteObject, DeleteObjects.

#include "emulator/base/encoding.h"
#include "emulator/protocol/identity.h"
#include "emulator/services/s3/buckets/object_lock.h"
#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/objects/commit.h"
#include "emulator/services/s3/objects/lookup.h"
#include "emulator/services/s3/objects/operations.h"
#include "emulator/services/s3/objects/ranges.h"
#include "emulator/services/s3/wire/xml.h"

namespace millrace::s3 {

using protocol::Call;
using protocol::HttpReply;

namespace {

bool bypasses(const Call& call) {
  return equals_ignore_case(header(call, "x-amz-bypass-governance-retention"), "true");
}

/// The header asks for what only a bucket with object lock has.
Result<void> check_bypass(const storage::Reader& reader, const Call& call, const Bucket& bucket) {
  constexpr const char* kHeader = "x-amz-bypass-governance-retention";
  // unverified: DeleteObject's words, which are those that were seen of DeleteObjects.
  if (!call.http.headers.has(kHeader) || has_object_lock(reader, bucket)) return {};
  return errors::invalid_argument(
      "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.", kHeader);
}

/// A version that no bucket ever had: S3 knows its own ids.
Result<void> check_made_here(const storage::Reader& reader, const Bucket& bucket, const std::string& key,
                             const std::optional<std::string>& version_id) {
  if (!version_id || is_own_version_id(*version_id) || find_version(reader, bucket, key, *version_id)) return {};
  return errors::invalid_argument("Invalid version id specified", "versionId", *version_id);
}

/// If-Match on a delete: the current object must have that ETag.
Result<void> check_if_match(const storage::Reader& reader, const Bucket& bucket, const std::string& key,
                            std::string_view if_match) {
  if (if_match.empty()) return {};
  auto current = find_current(reader, bucket, key);
  if (!current) return errors::no_such_key(key);
  if (!etag_matches(if_match, current->etag)) return errors::precondition("If-Match");
  return {};
}

Result<HttpReply> delete_object(S3& s3, const Call& call) {
  auto change = [&](storage::Txn& txn) -> Result<Deletion> {
    TRY(Bucket bucket, called_bucket(txn, call));
    const auto version_id = parameter(call, "versionId");
    TRY_VOID(check_bypass(txn, call, bucket));
    TRY_VOID(check_version_id(version_id));
    TRY_VOID(check_made_here(txn, bucket, key_of(call), version_id));
    TRY_VOID(check_if_match(txn, bucket, key_of(call), header(call, "if-match")));
    return delete_version(txn, s3, bucket, key_of(call), version_id, bypasses(call),
                          cause_of(call, "ObjectRemoved:Delete"));
  };
  TRY(Deletion deletion, s3.store.transact(change));
  HttpReply reply = empty_reply(204);
  if (deletion.marker_created || deletion.marker_removed) reply.headers.set("x-amz-delete-marker", "true");
  if (!deletion.version_id.empty()) reply.headers.set("x-amz-version-id", deletion.version_id);
  return reply;
}

struct Wanted {
  std::string key;
  std::optional<std::string> version_id;
  std::string etag;
};

Result<std::vector<Wanted>> read_wanted(const Call& call, bool& quiet) {
  static const XmlShape shape =
      xml_shape("Delete{Object+{Key, VersionId?, ETag?, LastModifiedTime?, Size?:int}, Quiet?:bool}");
  constexpr size_t kMost = 1000;
  TRY(auto document, parse_xml(call.http.body, shape));
  pugi::xml_node root = document->document_element();
  std::string text = child_text(root, "Quiet");
  quiet = equals_ignore_case(text, "true");
  std::vector<Wanted> out;
  for (const pugi::xml_node& object : root.children("Object")) {
    if (out.size() == kMost) return errors::malformed_xml();
    Wanted wanted;
    wanted.key = child_text(object, "Key");
    if (std::string id = child_text(object, "VersionId"); !id.empty()) wanted.version_id = id;
    wanted.etag = child_text(object, "ETag");
    if (wanted.key.empty()) return errors::malformed_xml();
    out.push_back(std::move(wanted));
  }
  return out;
}

void report_deleted(XmlWriter& xml, const Wanted& wanted, const Deletion& deletion) {
  xml.open("Deleted").text("Key", wanted.key);
  if (wanted.version_id) xml.text("VersionId", *wanted.version_id);
  if (deletion.marker_created || deletion.marker_removed)
    xml.boolean("DeleteMarker", true).text("DeleteMarkerVersionId", deletion.version_id);
  xml.close("Deleted");
}

void report_error(XmlWriter& xml, const Wanted& wanted, const AwsError& error) {
  xml.open("Error").text("Key", wanted.key);
  if (wanted.version_id) xml.text("VersionId", *wanted.version_id);
  // An id of another form is told as a version that isn't there.
  bool bad_id = error.is(errors::invalid_argument_kind);
  xml.text("Code", bad_id ? "NoSuchVersion" : error.kind->code);
  xml.text("Message", bad_id ? "The specified version does not exist." : error.message).close("Error");
}

/// May the caller delete this one? Every key is asked for by itself.
Result<void> may_delete(S3& s3, const Call& call, const Bucket& bucket, const Wanted& wanted) {
  if (!s3.identity.load()) return {};
  protocol::AccessNeeds needs{
      object_need(s3, call, bucket, wanted.version_id ? "s3:DeleteObjectVersion" : "s3:DeleteObject", wanted.key)};
  auto denial = s3.identity.load()->authorize(call, needs);
  if (!denial) return {};
  return call.service->access_denied(*denial);
}

Result<HttpReply> delete_objects(S3& s3, const Call& call) {
  TRY_VOID(check_collected_body(call, true));
  TRY(Bucket bucket, called_bucket(s3.store, call));
  TRY_VOID(check_bypass(s3.store, call, bucket));
  bool quiet = false;
  TRY(std::vector<Wanted> all, read_wanted(call, quiet));
  std::vector<Result<Deletion>> outcomes;
  for (const Wanted& wanted : all) {
    auto allowed = may_delete(s3, call, bucket, wanted);
    outcomes.push_back(allowed.has_error() ? Result<Deletion>(std::move(allowed).error())
                                           : Result<Deletion>(Deletion{}));
  }
  // One change for all: a thousand keys cost one commit.
  auto change = [&](storage::Txn& txn) -> Result<void> {
    TRY(Bucket still, called_bucket(txn, call));
    for (size_t i = 0; i < all.size(); ++i) {
      if (outcomes[i].has_error()) continue;
      auto matches = check_made_here(txn, still, all[i].key, all[i].version_id);
      if (!matches.has_error()) matches = check_if_match(txn, still, all[i].key, all[i].etag);
      if (matches.has_error()) {
        outcomes[i] = std::move(matches).error();
        continue;
      }
      outcomes[i] = delete_version(txn, s3, still, all[i].key, all[i].version_id, bypasses(call),
                                   cause_of(call, "ObjectRemoved:Delete"));
    }
    return {};
  };
  TRY_VOID(s3.store.transact(change));
  XmlWriter xml;
  xml.open_root("DeleteResult");
  for (size_t i = 0; i < all.size(); ++i) {
    if (outcomes[i].has_error())
      report_error(xml, all[i], outcomes[i].error());
    else if (!quiet)
      report_deleted(xml, all[i], *outcomes[i]);
  }
  return xml_reply(xml.close("DeleteResult").take());
}

Access delete_access(S3& s3) {
  return [&s3](const Call& call) -> Result<protocol::AccessNeeds> {
    TRY(Bucket bucket, called_bucket(s3.store, call));
    bool versioned = parameter(call, "versionId").has_value();
    protocol::AccessNeeds needs{
        object_need(s3, call, bucket, versioned ? "s3:DeleteObjectVersion" : "s3:DeleteObject", key_of(call))};
    if (bypasses(call)) needs.push_back(object_need(s3, call, bucket, "s3:BypassGovernanceRetention", key_of(call)));
    return needs;
  };
}

/// The keys are asked for one by one, in the handler.
Access batch_access(S3& s3) {
  return [&s3](const Call& call) -> Result<protocol::AccessNeeds> {
    TRY(Bucket bucket, called_bucket(s3.store, call));
    if (!bypasses(call)) return protocol::AccessNeeds{};
    return protocol::AccessNeeds{
        bucket_need(s3, bucket, "s3:BypassGovernanceRetention", bucket_arn(bucket.name) + "/*")};
  };
}

}  // namespace

void add_delete_operations(Operations& operations, S3& s3) {
  operations.push_back(
      s3_operation("DeleteObject", delete_access(s3), [&s3](Call& call) { return delete_object(s3, call); }));
  operations.push_back(
      s3_operation("DeleteObjects", batch_access(s3), [&s3](Call& call) { return delete_objects(s3, call); }));
}

}  // namespace millrace::s3
