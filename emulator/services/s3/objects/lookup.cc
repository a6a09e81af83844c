#include "emulator/services/s3/objects/lookup.h"

#include <algorithm>

#include "emulator/base/encoding.h"
#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/objects/keys.h"

namespace millrace::s3 {

using storage::Family;

namespace {

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr size_t kIdBytes = 32;
constexpr size_t kDigestDigits = 4;
constexpr size_t kSequenceDigits = 13;                 // of five bits each
constexpr uint64_t kScramble = 0x5bd1e9955bd1e995ull;  // neighbours shouldn't look alike

std::string digest_digits(std::string_view rest_of_id) {
  const std::string digest = sha256(rest_of_id);
  std::string out;
  for (size_t i = 0; i < kDigestDigits; ++i) out.push_back(kDigits[static_cast<unsigned char>(digest[i]) & 31]);
  return out;
}

bool is_id_character(char c) {
  return isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_';
}

/// Visits a key's versions, newest first.
void each_version(const storage::Reader& reader, const Bucket& bucket, std::string_view key,
                  const std::function<bool(ObjectVersion)>& visit) {
  std::string prefix = keys::versions_of(bucket.id, key);
  reader.scan(Family::objects, prefix, storage::prefix_end(prefix),
              [&](std::string_view stored, std::string_view record) {
                auto version = decode(record);
                if (!version) return true;
                version->sequence = keys::sequence_of(stored);
                return visit(std::move(*version));
              });
}

}  // namespace

std::string make_version_id(uint64_t sequence, std::string_view random_text) {
  std::string out(random_text.substr(0, kIdBytes - kSequenceDigits - kDigestDigits));
  uint64_t rest = sequence ^ kScramble;
  for (size_t i = 0; i < kSequenceDigits; ++i, rest >>= 5) out.push_back(kDigits[rest & 31]);
  return digest_digits(out) + out;
}

bool is_own_version_id(std::string_view id) {
  if (id == "null") return true;
  return id.size() == kIdBytes && id.substr(0, kDigestDigits) == digest_digits(id.substr(kDigestDigits));
}

std::optional<uint64_t> sequence_in_version_id(std::string_view id) {
  if (id.size() != kIdBytes) return std::nullopt;
  uint64_t value = 0;
  for (size_t i = 0; i < kSequenceDigits; ++i) {
    size_t digit = kDigits.find(id[kIdBytes - 1 - i]);
    if (digit == std::string_view::npos) return std::nullopt;
    value = (value << 5) | digit;
  }
  return value ^ kScramble;
}

std::optional<ObjectVersion> find_current(const storage::Reader& reader, const Bucket& bucket, std::string_view key) {
  auto record = reader.get(Family::objects, keys::current(bucket.id, key));
  if (!record) return std::nullopt;
  auto version = decode(*record);
  if (version && version->version_id != "null")
    version->sequence = sequence_in_version_id(version->version_id).value_or(0);
  return version;
}

std::optional<ObjectVersion> find_newest(const storage::Reader& reader, const Bucket& bucket, std::string_view key) {
  std::optional<ObjectVersion> found;
  each_version(reader, bucket, key, [&](ObjectVersion version) {
    found = std::move(version);
    return false;
  });
  return found;
}

std::optional<ObjectVersion> find_version(const storage::Reader& reader, const Bucket& bucket, std::string_view key,
                                          std::string_view version_id) {
  if (version_id.empty()) return find_current(reader, bucket, key);
  if (version_id == "null") {
    std::optional<ObjectVersion> found;
    each_version(reader, bucket, key, [&](ObjectVersion version) {
      if (version.version_id == "null") found = std::move(version);
      return !found;
    });
    return found;
  }
  auto sequence = sequence_in_version_id(version_id);
  if (!sequence) return std::nullopt;
  auto record = reader.get(Family::objects, keys::version(bucket.id, key, *sequence));
  if (!record) return std::nullopt;
  auto version = decode(*record);
  if (!version || version->version_id != version_id) return std::nullopt;
  version->sequence = *sequence;
  return version;
}

Result<void> check_version_id(const std::optional<std::string>& version_id) {
  if (!version_id || *version_id == "null") return {};
  if (version_id->empty())
    return errors::invalid_argument("Version id cannot be the empty string", "versionId", *version_id);
  if (version_id->size() != kIdBytes || !std::all_of(version_id->begin(), version_id->end(), is_id_character))
    return errors::invalid_argument("Invalid version id specified", "versionId", *version_id);
  return {};
}

Result<ObjectVersion> require_version(const storage::Reader& reader, const Bucket& bucket, std::string_view key,
                                      const std::optional<std::string>& version_id) {
  TRY_VOID(check_version_id(version_id));
  if (version_id) {
    auto version = find_version(reader, bucket, key, *version_id);
    if (!version) return errors::no_such_version(key, *version_id);
    return std::move(*version);
  }
  auto current = find_current(reader, bucket, key);
  if (current) return std::move(*current);
  AwsError missing = errors::no_such_key(key);
  auto newest = find_newest(reader, bucket, key);
  if (!newest) return missing;
  missing = errors::with_header(std::move(missing), "x-amz-delete-marker", "true");
  return errors::with_header(std::move(missing), "x-amz-version-id", newest->version_id);
}

Result<ObjectVersion> called_version(const storage::Reader& reader, const Bucket& bucket, const protocol::Call& call) {
  const auto version_id = parameter(call, "versionId");
  TRY_VOID(check_version_id(version_id));
  auto version =
      version_id ? find_version(reader, bucket, key_of(call), *version_id) : find_newest(reader, bucket, key_of(call));
  if (!version) {
    return version_id ? errors::no_such_version(key_of(call), *version_id) : errors::no_such_key(key_of(call));
  }
  if (!version->delete_marker) return std::move(*version);
  AwsError error(errors::method_not_allowed, "The specified method is not allowed against this resource.",
                 Json{{"Method", call.http.method}, {"ResourceType", "DeleteMarker"}});
  return errors::with_header(std::move(error), "x-amz-delete-marker", "true");
}

}  // namespace millrace::s3
