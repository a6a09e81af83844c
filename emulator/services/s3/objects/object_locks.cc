// GetObjectLegalHold, PutObjectLegalHold, GetObjectRetention, PutObjectRetention.

#include "emulator/base/encoding.h"
#include "emulator/services/s3/buckets/object_lock.h"
#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/objects/commit.h"
#include "emulator/services/s3/objects/get_object.h"
#include "emulator/services/s3/objects/lookup.h"
#include "emulator/services/s3/objects/operations.h"
#include "emulator/services/s3/wire/xml.h"

namespace millrace::s3 {

using protocol::Call;
using protocol::HttpReply;

namespace {

AwsError no_lock() {
  return {errors::no_such_object_lock, "The specified object does not have a ObjectLock configuration"};
}

/// Finds the version in a bucket with object lock, changes it, stores it.
Result<void> change(S3& s3, const Call& call, const std::function<Result<void>(ObjectVersion&)>& apply) {
  return s3.store.transact([&](storage::Txn& txn) -> Result<void> {
    TRY(Bucket bucket, called_bucket(txn, call));
    if (!has_object_lock(txn, bucket)) return errors::invalid("Bucket is missing Object Lock Configuration");
    TRY(ObjectVersion version, called_version(txn, bucket, call));
    TRY_VOID(apply(version));
    update_version(txn, bucket, key_of(call), version);
    return {};
  });
}

Result<ObjectVersion> locked_version(S3& s3, const Call& call) {
  TRY(Bucket bucket, called_bucket(s3.store, call));
  if (!has_object_lock(s3.store, bucket)) return errors::invalid("Bucket is missing Object Lock Configuration");
  return called_version(s3.store, bucket, call);
}

Result<HttpReply> get_legal_hold(S3& s3, const Call& call) {
  TRY(ObjectVersion version, locked_version(s3, call));
  if (!version.legal_hold_known) return no_lock();
  return xml_reply(
      XmlWriter().open_root("LegalHold").text("Status", version.legal_hold ? "ON" : "OFF").close("LegalHold").take());
}

Result<HttpReply> put_legal_hold(S3& s3, const Call& call) {
  static const XmlShape shape = xml_shape("LegalHold{Status=ON|OFF}");
  TRY_VOID(check_collected_body(call));
  TRY(auto document, parse_xml(call.http.body, shape));
  bool on = child_text(document->document_element(), "Status") == "ON";
  TRY_VOID(change(s3, call, [&](ObjectVersion& version) -> Result<void> {
    version.legal_hold = on;
    version.legal_hold_known = true;
    return {};
  }));
  return empty_reply(200);
}

Result<HttpReply> get_retention(S3& s3, const Call& call) {
  TRY(ObjectVersion version, locked_version(s3, call));
  if (version.lock_mode.empty()) return no_lock();
  return xml_reply(XmlWriter()
                       .open_root("Retention")
                       .text("Mode", version.lock_mode)
                       .text("RetainUntilDate", iso_millis(version.retain_until_ms))
                       .close("Retention")
                       .take());
}

Result<HttpReply> put_retention(S3& s3, const Call& call) {
  static const XmlShape shape = xml_shape("Retention{Mode?=GOVERNANCE|COMPLIANCE, RetainUntilDate?:date}");
  TRY_VOID(check_collected_body(call));
  TRY(auto document, parse_xml(call.http.body, shape));
  pugi::xml_node root = document->document_element();
  if (has_child(root, "Mode") != has_child(root, "RetainUntilDate")) return errors::malformed_xml();
  std::string mode = child_text(root, "Mode");
  Millis until = mode.empty() ? 0 : parse_iso(child_text(root, "RetainUntilDate"));
  Millis now = s3.clock.now_ms();
  if (!mode.empty() && until <= now) {
    return errors::invalid_argument("The retain until date must be in the future!", "RetainUntilDate",
                                    java_date(until));
  }
  bool bypass = equals_ignore_case(header(call, "x-amz-bypass-governance-retention"), "true");
  TRY_VOID(change(s3, call, [&](ObjectVersion& version) -> Result<void> {
    bool in_force = version.retain_until_ms > now;
    bool weaker = until < version.retain_until_ms || mode != version.lock_mode;
    bool to_compliance = mode == "COMPLIANCE" && until >= version.retain_until_ms;
    bool may = version.lock_mode == "COMPLIANCE" ? !weaker : bypass || !weaker || to_compliance;
    if (in_force && !may)
      return AwsError(errors::access_denied, "Access Denied because object protected by object lock.");
    version.lock_mode = mode;
    version.retain_until_ms = until;
    return {};
  }));
  return empty_reply(200);
}

}  // namespace

void add_object_locks(Operations& operations, S3& s3) {
  operations.push_back(s3_operation("GetObjectLegalHold", on_object(s3, "s3:GetObjectLegalHold"),
                                    [&s3](Call& call) { return get_legal_hold(s3, call); }));
  operations.push_back(s3_operation("PutObjectLegalHold", on_object(s3, "s3:PutObjectLegalHold"),
                                    [&s3](Call& call) { return put_legal_hold(s3, call); }));
  operations.push_back(s3_operation("GetObjectRetention", on_object(s3, "s3:GetObjectRetention"),
                                    [&s3](Call& call) { return get_retention(s3, call); }));
  Access put_access = [&s3](const Call& call) -> Result<protocol::AccessNeeds> {
    TRY(Bucket bucket, called_bucket(s3.store, call));
    protocol::AccessNeeds needs{object_need(s3, call, bucket, "s3:PutObjectRetention", key_of(call))};
    if (call.http.headers.has("x-amz-bypass-governance-retention"))
      needs.push_back(object_need(s3, call, bucket, "s3:BypassGovernanceRetention", key_of(call)));
    return needs;
  };
  operations.push_back(
      s3_operation("PutObjectRetention", put_access, [&s3](Call& call) { return put_retention(s3, call); }));
}

}  // namespace millrace::s3
