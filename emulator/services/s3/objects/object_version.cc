#include "emulator/services/s3/objects/object_version.h"

#include "emulator/base/json.h"

namespace millrace::s3 {

namespace {

// MessagePack holds strings of any bytes, which header values may be. Members that have their default are
// left out.

std::string pack(const Json& document) {
  std::string out;
  Json::to_msgpack(document, out);
  return out;
}

std::optional<Json> unpack(std::string_view record) {
  Json document = Json::from_msgpack(record.begin(), record.end(), true, false);
  if (document.is_discarded()) return std::nullopt;
  return document;
}

Json pairs_to_json(const Pairs& pairs) {
  Json out = Json::array();
  for (const auto& [name, value] : pairs) out.push_back(Json::array({name, value}));
  return out;
}

Pairs pairs_of(const Json& document, const char* member) {
  Pairs out;
  const Json* list = find(document, member);
  if (!list) return out;
  for (const Json& pair : *list) out.emplace_back(pair.at(0).get<std::string>(), pair.at(1).get<std::string>());
  return out;
}

uint64_t unsigned_of(const Json& document, const char* member) {
  const Json* value = find(document, member);
  return value && value->is_number() ? value->get<uint64_t>() : 0;
}

void put_text(Json& out, const char* member, const std::string& value) {
  if (!value.empty()) out[member] = value;
}

void put_checksum(Json& out, const Checksum& checksum) {
  if (checksum.algorithm == Algorithm::none) return;
  out["ca"] = static_cast<int>(checksum.algorithm);
  out["cc"] = checksum.composite;
  out["cv"] = checksum.value;
}

Checksum checksum_in(const Json& document) {
  Checksum out;
  out.algorithm = static_cast<Algorithm>(int_of(document, "ca"));
  out.composite = bool_of(document, "cc");
  out.value = text_of(document, "cv");
  return out;
}

Json part_to_json(const Part& part) {
  Json out{{"n", part.number}, {"s", part.size}, {"e", part.etag}, {"m", part.modified_ms}, {"b", part.body}};
  put_checksum(out, part.checksum);
  return out;
}

Part part_from_json(const Json& document) {
  Part out;
  out.number = static_cast<uint32_t>(unsigned_of(document, "n"));
  out.size = unsigned_of(document, "s");
  out.etag = text_of(document, "e");
  out.modified_ms = int_of(document, "m");
  out.body = unsigned_of(document, "b");
  out.checksum = checksum_in(document);
  return out;
}

}  // namespace

std::string bare_value(const Checksum& checksum) {
  return checksum.composite ? checksum.value.substr(0, checksum.value.find('-')) : checksum.value;
}

std::string encode(const ObjectVersion& v) {
  Json out{{"v", v.version_id}, {"m", v.modified_ms}, {"s", v.size}, {"o", v.owner}, {"b", v.body}};
  if (v.delete_marker) out["d"] = true;
  put_text(out, "e", v.etag);
  if (v.storage_class != "STANDARD") out["sc"] = v.storage_class;
  if (v.parts) out["p"] = v.parts;
  put_checksum(out, v.checksum);
  if (!v.headers.empty()) out["h"] = pairs_to_json(v.headers);
  if (!v.tags.empty()) out["t"] = pairs_to_json(v.tags);
  if (v.encryption != "AES256") out["se"] = v.encryption;
  put_text(out, "sk", v.kms_key);
  if (v.bucket_key) out["sb"] = true;
  put_text(out, "lm", v.lock_mode);
  if (v.retain_until_ms) out["lu"] = v.retain_until_ms;
  if (v.legal_hold) out["lh"] = true;
  if (v.legal_hold_known) out["lk"] = true;
  put_text(out, "a", v.acl);
  put_text(out, "r", v.replication_status);
  if (v.restored_until_ms) out["ru"] = v.restored_until_ms;
  put_text(out, "u", v.upload_id);
  if (v.key_deleted) out["x"] = true;
  if (v.begun_after) out["ba"] = *v.begun_after;
  put_text(out, "kd", v.customer_key);
  put_text(out, "km", v.customer_key_md5);
  if (v.cipher != Cipher::none) out["ci"] = static_cast<int>(v.cipher);
  put_text(out, "dk", v.data_key);
  return pack(out);
}

std::optional<ObjectVersion> decode(std::string_view record) {
  auto document = unpack(record);
  if (!document) return std::nullopt;
  const Json& in = *document;
  ObjectVersion v;
  v.version_id = text_of(in, "v");
  v.delete_marker = bool_of(in, "d");
  v.modified_ms = int_of(in, "m");
  v.size = unsigned_of(in, "s");
  v.etag = text_of(in, "e");
  v.storage_class = text_of(in, "sc", "STANDARD");
  v.owner = text_of(in, "o");
  v.body = unsigned_of(in, "b");
  v.parts = static_cast<uint32_t>(unsigned_of(in, "p"));
  v.checksum = checksum_in(in);
  v.headers = pairs_of(in, "h");
  v.tags = pairs_of(in, "t");
  v.encryption = text_of(in, "se", "AES256");
  v.kms_key = text_of(in, "sk");
  v.bucket_key = bool_of(in, "sb");
  v.lock_mode = text_of(in, "lm");
  v.retain_until_ms = int_of(in, "lu");
  v.legal_hold = bool_of(in, "lh");
  v.legal_hold_known = bool_of(in, "lk");
  v.acl = text_of(in, "a");
  v.replication_status = text_of(in, "r");
  v.restored_until_ms = int_of(in, "ru");
  v.upload_id = text_of(in, "u");
  v.key_deleted = bool_of(in, "x");
  if (find(in, "ba")) v.begun_after = unsigned_of(in, "ba");
  v.customer_key = text_of(in, "kd");
  v.customer_key_md5 = text_of(in, "km");
  v.cipher = static_cast<Cipher>(int_of(in, "ci"));
  v.data_key = text_of(in, "dk");
  return v;
}

std::string encode(const Part& part) {
  return pack(part_to_json(part));
}

std::optional<Part> decode_part(std::string_view record) {
  auto document = unpack(record);
  if (!document) return std::nullopt;
  return part_from_json(*document);
}

std::string encode(const std::vector<Part>& parts) {
  Json out = Json::array();
  for (const Part& part : parts) out.push_back(part_to_json(part));
  return pack(out);
}

std::vector<Part> decode_parts(std::string_view record) {
  std::vector<Part> out;
  if (auto document = unpack(record)) {
    for (const Json& part : *document) out.push_back(part_from_json(part));
  }
  return out;
}

const std::string* value_of(const Pairs& pairs, std::string_view name) {
  for (const auto& [key, value] : pairs) {
    if (key == name) return &value;
  }
  return nullptr;
}

}  // namespace millrace::s3
