#include "emulator/services/s3/multipart/uploads.h"

#include <fmt/format.h>

#include <charconv>
#include <unordered_set>

#include "emulator/base/encoding.h"
#include "emulator/services/s3/body/body_writer.h"
#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/objects/keys.h"

namespace millrace::s3 {

using storage::Family;

namespace {
constexpr size_t kTimeDigits = 12, kKeyDigits = 8, kRandomDigits = 68;
constexpr const char* kIdAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._";

std::string key_digits(std::string_view key) {
  return to_hex(sha256(key)).substr(0, kKeyDigits);
}
}  // namespace

std::string make_upload_id(S3& s3, Millis begun_ms, std::string_view key) {
  return fmt::format("{:012x}", begun_ms) + key_digits(key) + s3.random.text(kRandomDigits, kIdAlphabet);
}

bool is_upload_id_of(std::string_view id, std::string_view key) {
  return id.size() == kTimeDigits + kKeyDigits + kRandomDigits && id.substr(kTimeDigits, kKeyDigits) == key_digits(key);
}

std::string upload_id_of(const protocol::Call& call) {
  return parameter(call, "uploadId").value_or("");
}

Result<ObjectVersion> require_upload(const storage::Reader& reader, const Bucket& bucket, const protocol::Call& call) {
  std::string id = upload_id_of(call);
  auto record = reader.get(Family::objects, keys::upload(bucket.id, key_of(call), id));
  auto upload = record ? decode(*record) : std::nullopt;
  if (!upload) return errors::no_such_upload(id);
  return std::move(*upload);
}

Result<uint32_t> part_number_of(const protocol::Call& call) {
  std::string text = parameter(call, "partNumber").value_or("");
  uint32_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || number < 1 || number > kPartNumberMax)
    return errors::invalid_argument("Part number must be an integer between 1 and 10000, inclusive", "partNumber",
                                    text);
  return number;
}

std::vector<Part> parts_of(const storage::Reader& reader, const Bucket& bucket, const std::string& upload_id) {
  std::vector<Part> out;
  std::string prefix = keys::parts(bucket.id, upload_id);
  reader.scan(Family::objects, prefix, storage::prefix_end(prefix), [&](std::string_view, std::string_view record) {
    if (auto part = decode_part(record)) out.push_back(std::move(*part));
    return true;
  });
  return out;
}

void erase_upload(storage::Txn& txn, const Bucket& bucket, const std::string& key, const std::string& upload_id,
                  const std::vector<Part>& kept) {
  std::unordered_set<uint64_t> kept_bodies;
  for (const Part& part : kept) kept_bodies.insert(part.body);
  for (const Part& part : parts_of(txn, bucket, upload_id)) {
    if (!kept_bodies.count(part.body)) erase_body(txn, part.body, part.size);
    txn.erase(Family::objects, keys::part(bucket.id, upload_id, part.number));
  }
  txn.erase(Family::objects, keys::upload(bucket.id, key, upload_id));
}

}  // namespace millrace::s3
