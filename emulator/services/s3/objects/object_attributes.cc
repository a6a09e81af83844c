// GetObjectAttributes.

#include <charconv>

#include "emulator/base/encoding.h"
#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/objects/customer_key.h"
#include "emulator/services/s3/objects/get_object.h"
#include "emulator/services/s3/objects/keys.h"
#include "emulator/services/s3/objects/lookup.h"
#include "emulator/services/s3/objects/operations.h"
#include "emulator/services/s3/wire/xml.h"

namespace millrace::s3 {

using protocol::Call;
using protocol::HttpReply;

namespace {

constexpr const char* kAttributes[] = {"ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"};

Result<std::vector<std::string>> wanted_attributes(const Call& call) {
  std::vector<std::string> out;
  for (const auto& [name, value] : call.http.headers) {
    if (!equals_ignore_case(name, "x-amz-object-attributes")) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      std::string_view one = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(rest.size(), one.size() + 1));
      while (one.starts_with(' ')) one.remove_prefix(1);
      bool known = false;
      for (const char* attribute : kAttributes) known |= one == attribute;
      if (!known) return errors::invalid_argument("Invalid attribute name specified.", "x-amz-object-attributes", one);
      out.emplace_back(one);
    }
  }
  if (out.empty())
    return errors::invalid(
        "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or "
        "empty");
  return out;
}

void write_checksum(XmlWriter& xml, const Checksum& checksum) {
  if (checksum.algorithm == Algorithm::none) return;
  xml.open("Checksum").text(checksum_element(checksum.algorithm), bare_value(checksum));
  xml.text("ChecksumType", checksum.composite ? "COMPOSITE" : "FULL_OBJECT").close("Checksum");
}

uint64_t number_in(std::string_view text, uint64_t fallback) {
  uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return text.empty() || error != std::errc() || end != text.data() + text.size() ? fallback : value;
}

void write_parts(XmlWriter& xml, const storage::Reader& reader, const Call& call, const ObjectVersion& version) {
  if (version.parts == 0) return;
  xml.open("ObjectParts").number("PartsCount", version.parts);
  // Parts are told one by one only where each has a checksum of its own.
  std::vector<Part> parts =
      decode_parts(reader.get(storage::Family::objects, keys::manifest(version.body)).value_or(""));
  bool listed = !parts.empty() && parts[0].checksum.algorithm != Algorithm::none && version.checksum.composite;
  if (listed) {
    uint64_t marker = number_in(header(call, "x-amz-part-number-marker"), 0);
    uint64_t most = std::min<uint64_t>(number_in(header(call, "x-amz-max-parts"), 1000), 1000);
    xml.number("PartNumberMarker", marker);
    XmlWriter entries;
    entries.take();
    uint64_t count = 0, last = 0;
    bool truncated = false;
    std::string text;
    for (const Part& part : parts) {
      if (part.number <= marker) continue;
      truncated = count == most;
      if (truncated) break;
      ++count;
      last = part.number;
      entries.open("Part").number("PartNumber", part.number).number("Size", part.size);
      entries.text(checksum_element(part.checksum.algorithm), part.checksum.value).close("Part");
      text += entries.take();
    }
    xml.number("NextPartNumberMarker", last).number("MaxParts", most).boolean("IsTruncated", truncated).raw(text);
  }
  xml.close("ObjectParts");
}

Result<HttpReply> get_attributes(S3& s3, const Call& call) {
  TRY(std::vector<std::string> wanted, wanted_attributes(call));
  TRY(Bucket bucket, called_bucket(s3.store, call));
  TRY(ObjectVersion version, require_version(s3.store, bucket, key_of(call), parameter(call, "versionId")));
  if (version.delete_marker) {
    return errors::with_header(
        AwsError(errors::method_not_allowed, "The specified method is not allowed against this resource.",
                 Json{{"Method", "GET"}, {"ResourceType", "DeleteMarker"}}),
        "x-amz-delete-marker", "true");
  }
  TRY_VOID(check_customer_key(call.http.headers, version));
  auto asks = [&](const char* name) {
    for (const std::string& one : wanted) {
      if (one == name) return true;
    }
    return false;
  };
  XmlWriter xml;
  xml.open_root("GetObjectAttributesResponse");
  if (asks("ETag")) xml.text("ETag", version.etag);
  if (asks("Checksum")) write_checksum(xml, version.checksum);
  if (asks("ObjectParts")) write_parts(xml, s3.store, call, version);
  if (asks("StorageClass")) xml.text("StorageClass", version.storage_class);
  if (asks("ObjectSize")) xml.number("ObjectSize", version.size);
  HttpReply reply = xml_reply(xml.close("GetObjectAttributesResponse").take());
  reply.headers.set("Last-Modified", http_date(version.modified_ms));
  if (version.version_id != "null") reply.headers.set("x-amz-version-id", version.version_id);
  return reply;
}

}  // namespace

void add_object_attributes(Operations& operations, S3& s3) {
  Access access = [&s3](const Call& call) -> Result<protocol::AccessNeeds> {
    TRY(protocol::AccessNeeds needs, read_access(s3, "s3:GetObject", "s3:GetObjectVersion")(call));
    if (needs.front().action == "s3:ListBucket") return needs;
    protocol::AccessNeed also = needs.front();
    also.action = parameter(call, "versionId") ? "s3:GetObjectVersionAttributes" : "s3:GetObjectAttributes";
    needs.push_back(std::move(also));
    return needs;
  };
  operations.push_back(
      s3_operation("GetObjectAttributes", access, [&s3](Call& call) { return get_attributes(s3, call); }));
}

}  // namespace millrace::s3
