// CompleteMultipartUpload.

#include <map>

#include "emulator/base/encoding.h"
#include "emulator/services/s3/body/upload_body.h"
#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/multipart/uploads.h"
#include "emulator/services/s3/objects/commit.h"
#include "emulator/services/s3/objects/key_use.h"
#include "emulator/services/s3/objects/keys.h"
#include "emulator/services/s3/objects/lookup.h"
#include "emulator/services/s3/objects/new_object.h"
#include "emulator/services/s3/wire/xml.h"

namespace millrace::s3 {

using protocol::Call;
using protocol::HttpReply;
using storage::Family;

namespace {

/// A part as the request lists it.
struct Listed {
  uint32_t number = 0;
  std::string etag;
  std::vector<Checksum> checksums;  // those that the request gives, of any algorithm
};

Result<std::vector<Listed>> read_list(const Call& call) {
  static const XmlShape shape = xml_shape(
      "CompleteMultipartUpload{Part+{PartNumber:int, ETag, ChecksumCRC32?, ChecksumCRC32C?, "
      "ChecksumCRC64NVME?, ChecksumSHA1?,"
      "ChecksumSHA256?}}");
  if (call.http.body.empty()) return errors::invalid("You must specify at least one part");
  TRY(auto document, parse_xml(call.http.body, shape));
  std::vector<Listed> out;
  for (const pugi::xml_node& part : document->document_element().children("Part")) {
    Listed listed;
    const int64_t number = part.child("PartNumber").text().as_llong();
    if (number < 1)
      return errors::invalid_argument("PartNumber must be >= 1", "PartNumber", child_text(part, "PartNumber"));
    listed.number = static_cast<uint32_t>(std::min<int64_t>(number, UINT32_MAX));
    listed.etag = child_text(part, "ETag");
    if (listed.etag.size() >= 2 && listed.etag.front() == '"' && listed.etag.back() == '"')
      listed.etag = listed.etag.substr(1, listed.etag.size() - 2);
    for (Algorithm algorithm : kAlgorithms) {
      if (std::string value = child_text(part, checksum_element(algorithm).c_str()); !value.empty())
        listed.checksums.push_back({algorithm, false, value});
    }
    out.push_back(std::move(listed));
  }
  return out;
}

AwsError invalid_part(const Listed& listed, const std::string& upload_id) {
  return {errors::invalid_part,
          "One or more of the specified parts could not be found.  The part may not have been uploaded, or "
          "the specified entity "
          "tag may not match the part's entity tag.",
          Json{{"UploadId", upload_id}, {"PartNumber", listed.number}, {"ETag", listed.etag}}};
}

/// A part's checksum is part of what names it: with another value there is no such part, nor where the upload has
/// no algorithm.
Result<void> check_part_checksum(const ObjectVersion& upload, const Listed& listed, const Part& part,
                                 const std::string& upload_id) {
  const Algorithm algorithm = upload.checksum.algorithm;
  for (const Checksum& given : listed.checksums) {
    if (algorithm == Algorithm::none) return invalid_part(listed, upload_id);
    if (given.algorithm != algorithm) continue;
    if (given.value != part.checksum.value) return invalid_part(listed, upload_id);
    return {};
  }
  if (!listed.checksums.empty()) {  // unverified: for another algorithm than the upload's
    return AwsError(errors::bad_digest, "The " + algorithm_lower_name(listed.checksums.front().algorithm) +
                                            " you specified for part " + std::to_string(listed.number) +
                                            " did not match what we received.");
  }
  if (!upload.checksum.composite) return {};
  return errors::invalid(
      "The upload was created using a " + algorithm_lower_name(algorithm) +
      " checksum. The complete request must include the checksum for each part. It was missing for part " +
      std::to_string(listed.number) + " in the request.");
}

/// The stored parts that the list names, all of it checked.
Result<std::vector<Part>> chosen_parts(const storage::Reader& reader, const Bucket& bucket, const Call& call,
                                       const ObjectVersion& upload, const std::vector<Listed>& list) {
  std::string upload_id = upload_id_of(call);
  std::map<uint32_t, Part> stored;
  for (Part& part : parts_of(reader, bucket, upload_id)) stored.emplace(part.number, std::move(part));
  std::vector<Part> out;
  for (size_t i = 0; i < list.size(); ++i) {
    if (i > 0 && list[i].number <= list[i - 1].number) {
      return AwsError(errors::invalid_part_order,
                      "The list of parts was not in ascending order. Parts must be ordered by part number.",
                      Json{{"UploadId", upload_id}});
    }
    auto found = stored.find(list[i].number);
    if (found == stored.end() || found->second.etag != list[i].etag) return invalid_part(list[i], upload_id);
    TRY_VOID(check_part_checksum(upload, list[i], found->second, upload_id));
    out.push_back(found->second);
  }
  for (size_t i = 0; i + 1 < out.size(); ++i) {
    if (out[i].size >= kPartBytesMin) continue;
    return AwsError(errors::entity_too_small, "Your proposed upload is smaller than the minimum allowed size",
                    Json{{"ETag", out[i].etag},
                         {"MinSizeAllowed", kPartBytesMin},
                         {"PartNumber", out[i].number},
                         {"ProposedSize", out[i].size}});
  }
  return out;
}

/// The whole object's checksum from its parts'.
Checksum combined_checksum(const ObjectVersion& upload, const std::vector<Part>& parts) {
  Checksum out = upload.checksum;
  if (out.algorithm == Algorithm::none) {
    if (!upload.customer_key.empty()) return out;  // what S3 can't read it doesn't add up by itself
    out.algorithm = Algorithm::crc64nvme;
  }
  if (out.composite) {
    auto digest = make_digest(out.algorithm);
    for (const Part& part : parts) digest->update(from_base64(part.checksum.value).value_or(""));
    out.value = to_base64(digest->finish()) + "-" + std::to_string(parts.size());
    return out;
  }
  std::string crc = from_base64(parts[0].checksum.value).value_or("");
  for (size_t i = 1; i < parts.size(); ++i)
    crc = combine_crc(out.algorithm, crc, from_base64(parts[i].checksum.value).value_or(""), parts[i].size);
  out.value = to_base64(crc);
  return out;
}

Result<void> check_whole(const Call& call, const ObjectVersion& upload, const ObjectVersion& version) {
  std::string_view type = header(call, "x-amz-checksum-type");
  std::string own_type = version.checksum.composite ? "COMPOSITE" : "FULL_OBJECT";
  if (!type.empty() && upload.checksum.algorithm != Algorithm::none && type != own_type) {
    return errors::invalid("The upload was created using the " + own_type +
                           " checksum mode. The complete request must use the same checksum mode.");
  }
  std::string_view stated = header(call, "x-amz-mp-object-size");
  if (!stated.empty() && stated != std::to_string(version.size)) {
    return errors::invalid("The provided 'x-amz-mp-object-size' header value " + std::string(stated) +
                           " does not match what was computed: " + std::to_string(version.size));
  }
  if (version.checksum.algorithm == Algorithm::none) return {};
  std::string given(header(call, checksum_header(version.checksum.algorithm)));
  if (given.empty()) return {};
  const bool bare = version.checksum.composite && given == bare_value(version.checksum);
  if (given == version.checksum.value || bare) return {};
  return AwsError(errors::bad_digest, "The " + algorithm_lower_name(version.checksum.algorithm) +
                                          " you specified did not match the calculated checksum.");
}

/// x-amz-mp-object-size is looked at before the parts are.
Result<void> check_stated_size(const Call& call) {
  std::string_view stated = header(call, "x-amz-mp-object-size");
  if (stated.find_first_not_of("0123456789") == std::string_view::npos) return {};
  return errors::invalid("Value for x-amz-mp-object-size header is invalid: '" + std::string(stated) + "'");
}

/// A conditional request that would overwrite what came into being since the upload was begun.
Result<void> check_conflict(const storage::Reader& reader, const Bucket& bucket, const std::string& key,
                            const ObjectVersion& upload, const WriteConditions& conditions) {
  bool conflicts = conditions.if_none_match && upload.key_deleted;
  if (conditions.if_match && upload.begun_after) {
    const auto newest = find_newest(reader, bucket, key);
    conflicts = newest && newest->sequence > *upload.begun_after;
  }
  if (!conflicts) return {};
  return AwsError(errors::conditional_request_conflict,
                  "The conditional request cannot succeed due to a conflicting operation against this resource.",
                  Json{{"Condition", conditions.if_match ? "If-Match" : "If-None-Match"}, {"Key", key}});
}

std::string etag_of(const std::vector<Part>& parts) {
  std::string sums;
  for (const Part& part : parts) sums += from_hex(part.etag).value_or("");
  return to_hex(md5(sums)) + "-" + std::to_string(parts.size());
}

HttpReply completed_reply(const Call& call, const ObjectVersion& version) {
  XmlWriter xml;
  xml.open_root("CompleteMultipartUploadResult");
  xml.text("Location",
           "http://" + std::string(header(call, "host")) + "/" + bucket_of(call) + "/" + percent_encode(key_of(call)));
  xml.text("Bucket", bucket_of(call)).text("Key", key_of(call)).text("ETag", quoted_etag(version.etag));
  if (version.checksum.algorithm != Algorithm::none) {
    xml.text(checksum_element(version.checksum.algorithm), version.checksum.value);
    xml.text("ChecksumType", version.checksum.composite ? "COMPOSITE" : "FULL_OBJECT");
  }
  HttpReply reply = xml_reply(xml.close("CompleteMultipartUploadResult").take());
  add_encryption_headers(version, reply.headers);
  if (version.version_id != "null") reply.headers.set("x-amz-version-id", version.version_id);
  return reply;
}

/// The change: from an upload to an object.
Result<ObjectVersion> complete(storage::Txn& txn, S3& s3, const Call& call, const std::vector<Listed>& list,
                               const WriteConditions& conditions) {
  TRY(Bucket bucket, called_bucket(txn, call));
  const std::string& key = key_of(call);
  std::string upload_id = upload_id_of(call);
  auto upload = require_upload(txn, bucket, call);
  if (upload.has_error()) {
    // The same request again after it succeeded gets the same answer.
    auto current = find_current(txn, bucket, key);
    if (current && !upload_id.empty() && current->upload_id == upload_id) return std::move(*current);
    return std::move(upload).error();
  }
  TRY(std::vector<Part> parts, chosen_parts(txn, bucket, call, *upload, list));
  ObjectVersion version = *upload;
  version.size = 0;
  for (const Part& part : parts) version.size += part.size;
  version.etag = etag_of(parts);
  version.checksum = combined_checksum(*upload, parts);
  TRY_VOID(check_whole(call, *upload, version));
  TRY_VOID(check_conditions(txn, bucket, key, conditions));
  TRY_VOID(check_conflict(txn, bucket, key, *upload, conditions));
  version.key_deleted = false;
  version.begun_after.reset();
  version.body = s3.random.next();
  version.parts = static_cast<uint32_t>(parts.size());
  version.modified_ms = s3.clock.now_ms();
  version.upload_id = upload_id;
  erase_upload(txn, bucket, key, upload_id, parts);
  txn.put(Family::objects, keys::manifest(version.body), encode(parts));
  put_version(txn, s3, bucket, key, version, cause_of(call, "ObjectCreated:CompleteMultipartUpload"));
  return version;
}

Result<HttpReply> complete_upload(S3& s3, const Call& call) {
  TRY(Bucket bucket, called_bucket(s3.store, call));
  // An upload that isn't there is told of before what the request says of its parts.
  if (call.http.body.empty()) TRY_VOID(require_upload(s3.store, bucket, call));
  TRY(std::vector<Listed> list, read_list(call));
  TRY_VOID(check_stated_size(call));
  TRY(WriteConditions conditions, write_conditions(call));
  if (auto upload = require_upload(s3.store, bucket, call); !upload.has_error())
    TRY_VOID(use_kms_key(s3, bucket, key_of(call), call, {"Decrypt"}, *upload));
  TRY(ObjectVersion version,
      s3.store.transact([&](storage::Txn& txn) { return complete(txn, s3, call, list, conditions); }));
  return completed_reply(call, version);
}

}  // namespace

void add_complete_multipart_upload(Operations& operations, S3& s3) {
  operations.push_back(s3_operation("CompleteMultipartUpload", on_object(s3, "s3:PutObject"),
                                    [&s3](Call& call) { return complete_upload(s3, call); }));
}

}  // namespace millrace::s3
