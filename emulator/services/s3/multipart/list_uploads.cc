// ListMultipartUploads, ListParts, AbortMultipartUpload.

#include <charconv>

#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/multipart/uploads.h"
#include "emulator/services/s3/objects/keys.h"
#include "emulator/services/s3/objects/listing.h"
#include "emulator/services/s3/objects/new_object.h"
#include "emulator/services/s3/wire/xml.h"

namespace millrace::s3 {

using protocol::Call;
using protocol::HttpReply;
using storage::Family;

namespace {

struct Upload {
  std::string key, id;
  ObjectVersion record;
};

struct Page {
  std::vector<Upload> uploads;
  std::vector<std::string> common_prefixes;
  bool truncated = false;
  std::string next_key, next_id;
};

Page walk(const storage::Reader& reader, const Bucket& bucket, const ListParameters& parameters,
          const std::string& key_marker, const std::string& id_marker) {
  Page page;
  std::string from = keys::uploads(bucket.id, parameters.prefix);
  std::string end = storage::prefix_end(from);
  if (!key_marker.empty()) {
    // With an upload's id: those after it; without: the keys after the marker.
    std::string all_of_key = keys::upload(bucket.id, key_marker, "");
    all_of_key.resize(all_of_key.size() - 2);
    std::string past =
        id_marker.empty() ? storage::prefix_end(all_of_key) : keys::upload(bucket.id, key_marker, id_marker) + '\0';
    std::string common = prefix_of_marker(key_marker, parameters);
    if (!common.empty()) past = storage::prefix_end(keys::uploads(bucket.id, common));
    from = std::max(from, past);
  }
  while (parameters.limit > 0 && from < end) {
    std::string next;
    reader.scan(Family::objects, from, end, [&](std::string_view stored, std::string_view record) {
      if (page.uploads.size() + page.common_prefixes.size() == parameters.limit) {
        page.truncated = true;
        return false;
      }
      std::string_view rest;
      std::string key = keys::object_key_of(stored, rest);
      std::string common = common_prefix(key, parameters.prefix, parameters.delimiter);
      if (!common.empty()) {
        next = storage::prefix_end(keys::uploads(bucket.id, common));
        page.next_key = common;
        page.next_id.clear();
        page.common_prefixes.push_back(std::move(common));
        return false;
      }
      auto upload = decode(record);
      if (!upload) return true;
      page.next_key = key;
      page.next_id = storage::take_part(rest).value_or("");
      page.uploads.push_back({key, page.next_id, std::move(*upload)});
      return true;
    });
    if (next.empty()) break;
    from = std::move(next);
  }
  return page;
}

void write_checksum_kind(XmlWriter& xml, const ObjectVersion& upload) {
  if (upload.checksum.algorithm == Algorithm::none) return;
  xml.text("ChecksumAlgorithm", algorithm_name(upload.checksum.algorithm));
  xml.text("ChecksumType", upload.checksum.composite ? "COMPOSITE" : "FULL_OBJECT");
}

void write_initiator(XmlWriter& xml, const ObjectVersion& upload) {
  std::string id = canonical_id(upload.owner);
  xml.open("Initiator").text("ID", id).text("DisplayName", upload.owner).close("Initiator");
  xml.open("Owner").text("ID", id).close("Owner");
}

Result<HttpReply> list_uploads(S3& s3, const Call& call) {
  TRY(Bucket bucket, called_bucket(s3.store, call));
  TRY(ListParameters parameters, list_parameters(call, "max-uploads"));
  std::string key_marker = parameter(call, "key-marker").value_or("");
  std::string id_marker = key_marker.empty() ? "" : parameter(call, "upload-id-marker").value_or("");
  // Ids of an older millrace don't name their key.
  if (!id_marker.empty() && !is_upload_id_of(id_marker, key_marker) &&
      !s3.store.get(Family::objects, keys::upload(bucket.id, key_marker, id_marker)))
    return errors::invalid_argument("Invalid uploadId marker", "upload-id-marker", id_marker);
  Page page = walk(s3.store, bucket, parameters, key_marker, id_marker);
  XmlWriter xml;
  xml.open_root("ListMultipartUploadsResult")
      .text("Bucket", bucket.name)
      .text("KeyMarker", parameters.shown(key_marker));
  xml.text("UploadIdMarker", id_marker);
  // The last page names its last upload all the same, but no prefix.
  const bool names_next = page.truncated || !page.next_id.empty();
  xml.text("NextKeyMarker", names_next ? parameters.shown(page.next_key) : "");
  xml.text("NextUploadIdMarker", page.next_id);
  if (!parameters.delimiter.empty()) xml.text("Delimiter", parameters.shown(parameters.delimiter));
  if (!parameters.prefix.empty()) xml.text("Prefix", parameters.shown(parameters.prefix));
  if (parameters.url_encoded) xml.text("EncodingType", "url");
  xml.number("MaxUploads", parameters.limit).boolean("IsTruncated", page.truncated);
  for (const Upload& upload : page.uploads) {
    xml.open("Upload").text("Key", parameters.shown(upload.key)).text("UploadId", upload.id);
    write_initiator(xml, upload.record);
    xml.text("StorageClass", upload.record.storage_class).text("Initiated", listed_time(upload.record.modified_ms));
    write_checksum_kind(xml, upload.record);
    xml.close("Upload");
  }
  for (const std::string& prefix : page.common_prefixes)
    xml.open("CommonPrefixes").text("Prefix", parameters.shown(prefix)).close("CommonPrefixes");
  return xml_reply(xml.close("ListMultipartUploadsResult").take());
}

Result<uint64_t> number_parameter(const Call& call, const char* name, uint64_t fallback) {
  auto text = parameter(call, name);
  if (!text || text->empty()) return fallback;
  uint64_t value = 0;
  auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error == std::errc() && end == text->data() + text->size() && value <= 2'147'483'647) return value;
  return errors::invalid_argument(std::string("Provided ") + name + " not an integer or within integer range", name,
                                  *text);
}

Result<HttpReply> list_parts(S3& s3, const Call& call) {
  TRY(Bucket bucket, called_bucket(s3.store, call));
  TRY(ObjectVersion upload, require_upload(s3.store, bucket, call));
  TRY(uint64_t marker, number_parameter(call, "part-number-marker", 0));
  TRY(uint64_t most, number_parameter(call, "max-parts", 1000));
  most = std::min<uint64_t>(most, 1000);
  std::vector<Part> listed;
  bool truncated = false;
  for (Part& part : parts_of(s3.store, bucket, upload_id_of(call))) {
    if (part.number <= marker) continue;
    truncated = listed.size() == most;
    if (truncated) break;
    listed.push_back(std::move(part));
  }
  XmlWriter xml;
  xml.open_root("ListPartsResult")
      .text("Bucket", bucket.name)
      .text("Key", key_of(call))
      .text("UploadId", upload_id_of(call));
  write_initiator(xml, upload);
  xml.text("StorageClass", upload.storage_class).number("PartNumberMarker", marker);
  xml.number("NextPartNumberMarker", listed.empty() ? 0 : listed.back().number)
      .number("MaxParts", most)
      .boolean("IsTruncated", truncated);
  write_checksum_kind(xml, upload);
  for (const Part& part : listed) {
    xml.open("Part")
        .number("PartNumber", part.number)
        .text("LastModified", listed_time(part.modified_ms))
        .text("ETag", quoted_etag(part.etag));
    xml.number("Size", part.size);
    if (upload.checksum.algorithm != Algorithm::none)
      xml.text(checksum_element(part.checksum.algorithm), part.checksum.value);
    xml.close("Part");
  }
  return xml_reply(xml.close("ListPartsResult").take());
}

Result<HttpReply> abort_upload(S3& s3, const Call& call) {
  auto change = [&](storage::Txn& txn) -> Result<void> {
    TRY(Bucket bucket, called_bucket(txn, call));
    TRY_VOID(require_upload(txn, bucket, call));
    erase_upload(txn, bucket, key_of(call), upload_id_of(call), {});
    return {};
  };
  TRY_VOID(s3.store.transact(change));
  return empty_reply(204);
}

}  // namespace

void add_list_uploads(Operations& operations, S3& s3) {
  operations.push_back(s3_operation("ListMultipartUploads", on_bucket(s3, "s3:ListBucketMultipartUploads"),
                                    [&s3](Call& call) { return list_uploads(s3, call); }));
  operations.push_back(s3_operation("ListParts", on_object(s3, "s3:ListMultipartUploadParts"),
                                    [&s3](Call& call) { return list_parts(s3, call); }));
  operations.push_back(s3_operation("AbortMultipartUpload", on_object(s3, "s3:AbortMultipartUpload"),
                                    [&s3](Call& call) { return abort_upload(s3, call); }));
}

}  // namespace millrace::s3
