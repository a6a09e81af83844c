// ListObjectsV2, ListObjects.

#include "emulator/base/page_token.h"
#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/objects/listing.h"
#include "emulator/services/s3/objects/new_object.h"
#include "emulator/services/s3/objects/operations.h"
#include "emulator/services/s3/wire/xml.h"

namespace millrace::s3 {

using protocol::Call;
using protocol::HttpReply;

namespace {

void write_entry(XmlWriter& xml, const ListParameters& parameters, const Listing::Entry& entry, bool with_owner) {
  const ObjectVersion& version = entry.version;
  xml.open("Contents").text("Key", parameters.shown(entry.key)).text("LastModified", listed_time(version.modified_ms));
  xml.text("ETag", quoted_etag(version.etag));
  if (version.checksum.algorithm != Algorithm::none) {
    xml.text("ChecksumAlgorithm", algorithm_name(version.checksum.algorithm));
    xml.text("ChecksumType", version.checksum.composite ? "COMPOSITE" : "FULL_OBJECT");
  }
  xml.number("Size", version.size);
  if (with_owner) xml.open("Owner").text("ID", canonical_id(version.owner)).close("Owner");
  xml.text("StorageClass", version.storage_class);
  parameters.write_restore_status(xml, version);
  xml.close("Contents");
}

void write_prefixes(XmlWriter& xml, const ListParameters& parameters, const Listing& listing) {
  for (const std::string& prefix : listing.common_prefixes)
    xml.open("CommonPrefixes").text("Prefix", parameters.shown(prefix)).close("CommonPrefixes");
}

/// A token is good for its bucket alone; the other parameters may change, as on AWS.
std::string list_of(const Bucket& bucket) {
  return "ListObjectsV2 " + bucket.name;
}

Result<HttpReply> list_v2(S3& s3, const Call& call) {
  TRY(Bucket bucket, called_bucket(s3.store, call));
  if (parameter(call, "list-type") != "2")
    return errors::invalid_argument("Invalid List Type specified in Request", "list-type",
                                    parameter(call, "list-type").value_or(""));
  TRY(ListParameters parameters, list_parameters(call));
  auto token = parameter(call, "continuation-token");
  auto start_after = parameter(call, "start-after");
  std::string after = start_after.value_or("");
  if (token) {
    auto position = page_position(list_of(bucket), *token);
    if (!position) return errors::wrong_token();
    after = std::move(*position);
  }
  Listing listing = list_current(s3.store, bucket, parameters.prefix, parameters.delimiter, after, parameters.limit);

  XmlWriter xml;
  xml.open_root("ListBucketResult").text("Name", bucket.name).text("Prefix", parameters.shown(parameters.prefix));
  if (start_after && !start_after->empty() && !token) xml.text("StartAfter", parameters.shown(*start_after));
  if (token) xml.text("ContinuationToken", *token);
  if (listing.truncated) xml.text("NextContinuationToken", page_token(list_of(bucket), listing.last));
  xml.number("KeyCount", listing.entries.size() + listing.common_prefixes.size()).number("MaxKeys", parameters.limit);
  if (!parameters.delimiter.empty()) xml.text("Delimiter", parameters.shown(parameters.delimiter));
  if (parameters.url_encoded) xml.text("EncodingType", "url");
  xml.boolean("IsTruncated", listing.truncated);
  bool with_owner = parameter(call, "fetch-owner") == "true";
  for (const Listing::Entry& entry : listing.entries) write_entry(xml, parameters, entry, with_owner);
  write_prefixes(xml, parameters, listing);
  HttpReply reply = xml_reply(xml.close("ListBucketResult").take());
  reply.headers.set("x-amz-bucket-region", bucket.region);
  return reply;
}

Result<HttpReply> list_v1(S3& s3, const Call& call) {
  TRY(Bucket bucket, called_bucket(s3.store, call));
  TRY(ListParameters parameters, list_parameters(call));
  std::string marker = parameter(call, "marker").value_or("");
  std::string common = prefix_of_marker(marker, parameters);
  Listing listing = list_current(s3.store, bucket, parameters.prefix, parameters.delimiter,
                                 common.empty() ? marker : common, parameters.limit);

  XmlWriter xml;
  xml.open_root("ListBucketResult").text("Name", bucket.name).text("Prefix", parameters.shown(parameters.prefix));
  xml.text("Marker", parameters.shown(marker));
  if (listing.truncated && !parameters.delimiter.empty()) xml.text("NextMarker", parameters.shown(listing.last));
  xml.number("MaxKeys", parameters.limit);
  if (!parameters.delimiter.empty()) xml.text("Delimiter", parameters.shown(parameters.delimiter));
  if (parameters.url_encoded) xml.text("EncodingType", "url");
  xml.boolean("IsTruncated", listing.truncated);
  for (const Listing::Entry& entry : listing.entries) write_entry(xml, parameters, entry, true);
  write_prefixes(xml, parameters, listing);
  HttpReply reply = xml_reply(xml.close("ListBucketResult").take());
  reply.headers.set("x-amz-bucket-region", bucket.region);
  return reply;
}

}  // namespace

void add_list_objects(Operations& operations, S3& s3) {
  operations.push_back(
      s3_operation("ListObjectsV2", on_bucket(s3, "s3:ListBucket"), [&s3](Call& call) { return list_v2(s3, call); }));
  operations.push_back(
      s3_operation("ListObjects", on_bucket(s3, "s3:ListBucket"), [&s3](Call& call) { return list_v1(s3, call); }));
}

}  // namespace millrace::s3
