#pragma once
// A bucket's default encryption.

#include <string>

#include "emulator/services/s3/buckets/bucket.h"

namespace millrace::s3 {

struct Encryption {
  std::string algorithm = "AES256";
  std::string kms_key;
  bool bucket_key = false;
};

/// What an object is encrypted with for which no request says it.
Encryption default_encryption(const storage::Reader& reader, const Bucket& bucket);

}  // namespace millrace::s3
