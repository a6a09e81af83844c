#include "emulator/services/s3/objects/copy_source.h"

#include <algorithm>

#include "emulator/base/encoding.h"
#include "emulator/base/store_fault.h"
#include "emulator/services/s3/body/body_source.h"
#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/objects/customer_key.h"
#include "emulator/services/s3/objects/key_use.h"
#include "emulator/services/s3/objects/lookup.h"
#include "emulator/services/s3/objects/ranges.h"
#include "emulator/services/s3/wire/routing.h"

namespace millrace::s3 {

using protocol::Call;

Result<CopySource> read_copy_source(S3& s3, const Call& call) {
  std::string_view given = header(call, "x-amz-copy-source");
  std::string_view path = given.substr(0, given.find("?versionId="));
  CopySource out;
  if (path.size() < given.size()) out.version_id = percent_decode(given.substr(path.size() + 11));
  const std::string source = copy_source_path(path, s3.names);
  const size_t slash = std::min(source.size(), source.find('/'));
  out.bucket = source.substr(0, slash);
  out.key = source.substr(std::min(source.size(), slash + 1));
  if (!is_valid_bucket_name(out.bucket))
    return errors::invalid_argument("Invalid copy source bucket name", "x-amz-copy-source", given);
  if (out.key.empty()) return errors::invalid_argument("Invalid copy source object key", "x-amz-copy-source", given);
  return out;
}

Result<FoundSource> find_source(S3& s3, const storage::Reader& snapshot, const Call& call, const CopySource& source) {
  FoundSource out;
  TRY(out.bucket, require_bucket(snapshot, source.bucket));
  TRY(out.version, require_version(snapshot, out.bucket, source.key, source.version_id));
  if (out.version.delete_marker)
    return errors::invalid("The source of a copy request may not specifically refer to a delete marker by version id.");
  TRY_VOID(check_customer_key(call.http.headers, out.version, kSourceKeyHeaders));
  std::string failed;
  Verdict verdict = judge(copy_source_conditions(call.http.headers), out.version.etag, out.version.modified_ms,
                          s3.clock.now_ms(), failed);
  if (verdict != Verdict::send) return errors::precondition("x-amz-copy-source-" + failed);
  bool archived = out.version.storage_class == "GLACIER" || out.version.storage_class == "DEEP_ARCHIVE";
  if (archived && out.version.restored_until_ms <= s3.clock.now_ms())
    return AwsError(errors::invalid_object_state, "Operation is not valid for the source object's storage class");
  TRY_VOID(use_kms_key(s3, out.bucket, source.key, call, {"Decrypt"}, out.version));
  TRY(out.body_key, body_key(s3, out.bucket, source.key, out.version, call.http.headers, kSourceKeyHeaders));
  return out;
}

Result<Copied> copy_bytes(std::shared_ptr<const storage::Reader> snapshot, const SourceBytes& source,
                          Algorithm algorithm, BodyWriter& writer) {
  ExtentReader reader(snapshot, extents_of(*snapshot, source.version, source.offset, source.count), source.key);
  auto md5 = make_md5();
  auto checksum = make_digest(algorithm);
  std::string piece;
  while (!reader.at_end()) {
    if (!reader.next(piece)) return AwsError(kStoreFault, "");
    md5->update(piece);
    if (checksum) checksum->update(piece);
    TRY_VOID(writer.write(piece));
  }
  Copied out;
  out.md5_hex = to_hex(md5->finish());
  if (checksum) out.checksum = {algorithm, false, to_base64(checksum->finish())};
  return out;
}

Access copy_access(S3& s3) {
  return [&s3](const Call& call) -> Result<protocol::AccessNeeds> {
    TRY(Bucket target, called_bucket(s3.store, call));
    TRY(CopySource source, read_copy_source(s3, call));
    TRY(Bucket from, require_bucket(s3.store, source.bucket));
    protocol::AccessNeeds needs = write_needs(s3, call, target);
    needs.insert(needs.begin(),
                 object_need(s3, call, from, source.version_id ? "s3:GetObjectVersion" : "s3:GetObject", source.key));
    return needs;
  };
}

}  // namespace millrace::s3
