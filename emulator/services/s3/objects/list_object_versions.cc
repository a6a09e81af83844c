// ListObjectVersions.

#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/objects/keys.h"
#include "emulator/services/s3/objects/listing.h"
#include "emulator/services/s3/objects/lookup.h"
#include "emulator/services/s3/objects/new_object.h"
#include "emulator/services/s3/objects/operations.h"
#include "emulator/services/s3/wire/xml.h"

namespace millrace::s3 {

using protocol::Call;
using protocol::HttpReply;
using storage::Family;

namespace {

struct Entry {
  std::string key;
  ObjectVersion version;
  bool latest = false;
};

struct Page {
  std::vector<Entry> entries;
  std::vector<std::string> common_prefixes;
  bool truncated = false;
  std::string next_key, next_version;  // the last one listed; a common prefix has no version
};

/// Where the walk begins after the markers: past all versions of the key, past one of them, or past a common prefix.
/// Markers are positions: what they name may be gone.
std::string start_of(const storage::Reader& reader, const Bucket& bucket, const std::string& key_marker,
                     const std::string& version_marker, const ListParameters& parameters) {
  std::string from = keys::versions(bucket.id, parameters.prefix);
  if (key_marker.empty()) return from;
  std::string past = storage::prefix_end(keys::versions_of(bucket.id, key_marker));
  std::string common = prefix_of_marker(key_marker, parameters);
  if (!common.empty()) return std::max(from, storage::prefix_end(keys::versions(bucket.id, common)));
  if (version_marker == "null") {
    auto version = find_version(reader, bucket, key_marker, version_marker);
    // unverified: where AWS goes on behind a "null" that is gone. The word doesn't say where it stood: rather a version
    // twice than one never.
    past = version ? keys::version(bucket.id, key_marker, version->sequence) + '\0'
                   : keys::versions_of(bucket.id, key_marker);
  } else if (auto sequence = sequence_in_version_id(version_marker)) {
    past = keys::version(bucket.id, key_marker, *sequence) + '\0';
  }
  return std::max(from, past);
}

/// The key whose newest version stands before that place, so that the next one isn't the latest.
std::string resumed_key(const storage::Reader& reader, const Bucket& bucket, const std::string& key_marker,
                        const std::string& from) {
  auto newest = key_marker.empty() ? std::nullopt : find_newest(reader, bucket, key_marker);
  return newest && keys::version(bucket.id, key_marker, newest->sequence) < from ? key_marker : "";
}

Page walk(const storage::Reader& reader, const Bucket& bucket, const ListParameters& parameters, std::string from,
          std::string listed_key) {
  Page page;
  std::string end = storage::prefix_end(keys::versions(bucket.id, parameters.prefix));
  std::string previous = std::move(listed_key);  // its newest version was listed on an earlier page
  while (parameters.limit > 0 && from < end) {
    std::string next;
    reader.scan(Family::objects, from, end, [&](std::string_view stored, std::string_view record) {
      if (page.entries.size() + page.common_prefixes.size() == parameters.limit) {
        page.truncated = true;
        return false;
      }
      std::string key = keys::object_key_of(stored);
      std::string common = common_prefix(key, parameters.prefix, parameters.delimiter);
      if (!common.empty()) {
        next = storage::prefix_end(keys::versions(bucket.id, common));
        page.next_key = common;
        page.next_version.clear();
        page.common_prefixes.push_back(std::move(common));
        return false;
      }
      auto version = decode(record);
      if (!version) return true;
      Entry entry{key, std::move(*version), key != previous};
      previous = key;
      page.next_key = key;
      page.next_version = entry.version.version_id;
      page.entries.push_back(std::move(entry));
      return true;
    });
    if (next.empty()) break;
    from = std::move(next);
  }
  return page;
}

void write_entry(XmlWriter& xml, const ListParameters& parameters, const Entry& entry) {
  const ObjectVersion& version = entry.version;
  const char* element = version.delete_marker ? "DeleteMarker" : "Version";
  xml.open(element).text("Key", parameters.shown(entry.key)).text("VersionId", version.version_id);
  xml.boolean("IsLatest", entry.latest).text("LastModified", listed_time(version.modified_ms));
  if (!version.delete_marker) {
    xml.text("ETag", quoted_etag(version.etag));
    if (version.checksum.algorithm != Algorithm::none) {
      xml.text("ChecksumAlgorithm", algorithm_name(version.checksum.algorithm));
      xml.text("ChecksumType", version.checksum.composite ? "COMPOSITE" : "FULL_OBJECT");
    }
    xml.number("Size", version.size).text("StorageClass", version.storage_class);
    parameters.write_restore_status(xml, version);
  }
  xml.open("Owner").text("ID", canonical_id(version.owner)).close("Owner").close(element);
}

Result<HttpReply> list_versions(S3& s3, const Call& call) {
  TRY(Bucket bucket, called_bucket(s3.store, call));
  TRY(ListParameters parameters, list_parameters(call));
  std::string key_marker = parameter(call, "key-marker").value_or("");
  std::string version_marker = parameter(call, "version-id-marker").value_or("");
  if (!version_marker.empty()) {
    if (key_marker.empty()) {
      return errors::invalid_argument("A version-id marker cannot be specified without a key marker.",
                                      "version-id-marker", version_marker);
    }
    if (check_version_id(version_marker).has_error())
      return errors::invalid_argument("Invalid version id specified", "version-id-marker", version_marker);
  }
  auto snapshot = s3.store.snapshot();
  const std::string from = start_of(*snapshot, bucket, key_marker, version_marker, parameters);
  Page page = walk(*snapshot, bucket, parameters, from, resumed_key(*snapshot, bucket, key_marker, from));
  XmlWriter xml;
  xml.open_root("ListVersionsResult").text("Name", bucket.name).text("Prefix", parameters.shown(parameters.prefix));
  xml.text("KeyMarker", parameters.shown(key_marker)).text("VersionIdMarker", version_marker);
  if (page.truncated) {
    xml.text("NextKeyMarker", parameters.shown(page.next_key));
    if (!page.next_version.empty()) xml.text("NextVersionIdMarker", page.next_version);
  }
  xml.number("MaxKeys", parameters.limit);
  if (!parameters.delimiter.empty()) xml.text("Delimiter", parameters.shown(parameters.delimiter));
  if (parameters.url_encoded) xml.text("EncodingType", "url");
  xml.boolean("IsTruncated", page.truncated);
  for (const Entry& entry : page.entries) write_entry(xml, parameters, entry);
  for (const std::string& prefix : page.common_prefixes)
    xml.open("CommonPrefixes").text("Prefix", parameters.shown(prefix)).close("CommonPrefixes");
  return xml_reply(xml.close("ListVersionsResult").take());
}

}  // namespace

void add_list_object_versions(Operations& operations, S3& s3) {
  operations.push_back(s3_operation("ListObjectVersions", on_bucket(s3, "s3:ListBucketVersions"),
                                    [&s3](Call& call) { return list_versions(s3, call); }));
}

}  // namespace millrace::s3
