#pragma once
// What is stored of one version of an object, beside its bytes.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/services/s3/body/checksum.h"
#include "emulator/storage/store.h"

namespace millrace::s3 {

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Checksum {
  Algorithm algorithm = Algorithm::none;
  bool composite = false;
  std::string value;  // base64; a composite one ends in "-<number of parts>"
};

/// A composite checksum without its "-<number of parts>".
std::string bare_value(const Checksum& checksum);

/// What an object's bytes lie encrypted under. Numbered as stored: never renumber.
enum class Cipher : uint8_t {
  none = 0,      // written before there was encryption
  own = 1,       // SSE-S3: the store's own key
  kms = 2,       // SSE-KMS: a data key of the object's
  customer = 3,  // SSE-C: the customer's key itself
};

struct ObjectVersion {
  std::string version_id = "null";
  uint64_t sequence = 0;  // not stored in the record: it is in its key
  bool delete_marker = false;
  Millis modified_ms = 0;
  uint64_t size = 0;
  std::string etag;  // without quotes
  std::string storage_class = "STANDARD";
  std::string owner;  // account
  uint64_t body = 0;
  uint32_t parts = 0;  // of the upload it was completed from; 0: put in one go
  Checksum checksum;
  Pairs headers;  // content-type, cache-control, ..., x-amz-meta-*, as they are answered
  Pairs tags;
  std::string encryption = "AES256";
  std::string kms_key;
  bool bucket_key = false;
  std::string lock_mode;  // "", GOVERNANCE, COMPLIANCE
  Millis retain_until_ms = 0;
  bool legal_hold = false;
  bool legal_hold_known = false;  // OFF was once set, so GET answers it
  std::string acl;                // grants as XML; empty: the owner's alone
  std::string replication_status;
  Millis restored_until_ms = 0;
  std::string upload_id;                // of the upload it was completed from
  bool key_deleted = false;             // of an upload in progress: its key was deleted since it began
  std::optional<uint64_t> begun_after;  // the same: the sequence when it began
  std::string customer_key;             // SSE-C: hex SHA-256 of the customer's key; empty: none
  std::string customer_key_md5;         // base64, repeated in answers
  Cipher cipher = Cipher::none;
  std::string data_key;  // Cipher::kms: as KMS has encrypted it
};

std::string encode(const ObjectVersion& version);
std::optional<ObjectVersion> decode(std::string_view record);

/// One part of a completed upload, in its object's manifest; also the record of a part before completion.
struct Part {
  uint32_t number = 0;
  uint64_t size = 0;
  std::string etag;  // MD5, hex
  Millis modified_ms = 0;
  uint64_t body = 0;
  Checksum checksum;
};
std::string encode(const Part& part);
std::optional<Part> decode_part(std::string_view record);
std::string encode(const std::vector<Part>& parts);
std::vector<Part> decode_parts(std::string_view record);

const std::string* value_of(const Pairs& pairs, std::string_view name);

}  // namespace millrace::s3
