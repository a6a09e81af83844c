#pragma once
// Encryption with a key that the customer keeps (SSE-C). What is kept of the key is enough to refuse whoever doesn't have it,
// and not enough to read the bytes.

#include <string>

#include "emulator/base/result.h"
#include "emulator/protocol/http.h"
#include "emulator/services/s3/objects/object_version.h"

namespace millrace::s3 {

/// A key as the headers of a request give it.
struct CustomerKey {
  std::string md5;     // base64, as AWS repeats it
  std::string digest;  // hex SHA-256: what is stored
  std::string key;     // the key itself
};

inline constexpr const char* kCustomerKeyHeaders = "x-amz-server-side-encryption-customer-";
inline constexpr const char* kSourceKeyHeaders = "x-amz-copy-source-server-side-encryption-customer-";

/// The key in the headers `<prefix>algorithm`, `<prefix>key`, `<prefix>key-MD5`; an empty digest if none is there.
/// Errors: InvalidArgument, InvalidEncryptionAlgorithmError; to read without the key's MD5 is AccessDenied.
enum class KeyUse { write, read };
Result<CustomerKey> read_customer_key(const protocol::Headers& headers, const char* prefix = kCustomerKeyHeaders,
                                      KeyUse use = KeyUse::write);

/// Whether the request may read the version. Errors: those above; InvalidRequest without a key, or with one for an
/// object that has none; AccessDenied with another key.
Result<void> check_customer_key(const protocol::Headers& headers, const ObjectVersion& version,
                                const char* prefix = kCustomerKeyHeaders);

/// The same for a part of an upload, which words it in its own way.
Result<void> check_upload_key(const protocol::Headers& headers, const ObjectVersion& upload);

/// The ETag of bytes under a customer's key or one of KMS: on AWS it isn't their MD5 either.
std::string etag_under_key(const ObjectVersion& version, const std::string& md5_hex);

}  // namespace millrace::s3
