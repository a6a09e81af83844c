#include "emulator/services/s3/objects/customer_key.h"

#include "emulator/base/encoding.h"
#include "emulator/services/s3/body/checksum.h"
#include "emulator/services/s3/errors.h"

namespace millrace::s3 {

namespace {

constexpr const char* kArgument = "x-amz-server-side-encryption";
constexpr size_t kKeyBytes = 32;  // AES-256

AwsError refused(const char* message) {
  return errors::invalid_argument(message, kArgument);
}

/// unverified: the words for a read without the key's digest; 403 was seen, and these are those for another key.
AwsError wrong_key() {
  return {
      errors::access_denied,
      "Requests specifying Server Side Encryption with Customer provided keys must provide the correct secret key."};
}

}  // namespace

Result<CustomerKey> read_customer_key(const protocol::Headers& headers, const char* prefix, KeyUse use) {
  const std::string start = prefix;
  const std::string_view algorithm = headers.get(start + "algorithm"), key = headers.get(start + "key"),
                         md5_text = headers.get(start + "key-md5");
  if (algorithm.empty() && key.empty() && md5_text.empty()) return CustomerKey{};
  if (algorithm.empty()) {
    return refused(
        "Requests specifying Server Side Encryption with Customer provided keys must provide a valid encryption "
        "algorithm.");
  }
  if (key.empty()) {
    return refused(
        "Requests specifying Server Side Encryption with Customer provided keys must provide an appropriate "
        "secret key.");
  }
  // Of a copy's source its target's encryption says nothing.
  if (headers.has(kArgument) && std::string_view(prefix) == kCustomerKeyHeaders) {
    return errors::invalid_argument(
        "Server Side Encryption with Customer provided key is incompatible with the encryption method specified",
        kArgument, headers.get(kArgument));
  }
  if (algorithm != "AES256") {
    static const ErrorKind kind{"InvalidEncryptionAlgorithmError", 400};
    return AwsError(kind, "The Encryption request you specified is not valid. Supported value: AES256.",
                    Json{{"ArgumentName", kArgument}, {"ArgumentValue", algorithm}});
  }
  const auto raw = from_base64(key);
  if (!raw || raw->size() != kKeyBytes) return refused("The secret key was invalid for the specified algorithm.");
  const std::string md5_of_key = to_base64(md5(*raw));
  if (md5_text.empty()) {
    if (use == KeyUse::read) return wrong_key();
    return refused(
        "Requests specifying Server Side Encryption with Customer provided keys must provide the client "
        "calculated MD5 of the secret key.");
  }
  if (md5_of_key != md5_text)
    return refused("The calculated MD5 hash of the key did not match the hash that was provided.");
  return CustomerKey{md5_of_key, to_hex(sha256(*raw)), *raw};
}

Result<void> check_customer_key(const protocol::Headers& headers, const ObjectVersion& version, const char* prefix) {
  TRY(const CustomerKey given, read_customer_key(headers, prefix, KeyUse::read));
  if (version.customer_key.empty()) {
    if (given.digest.empty()) return {};
    return errors::invalid("The encryption parameters are not applicable to this object.");
  }
  if (given.digest.empty()) {
    return errors::invalid(
        "The object was stored using a form of Server Side Encryption. The correct parameters must be provided "
        "to retrieve the object.");
  }
  if (given.digest == version.customer_key) return {};
  return wrong_key();
}

Result<void> check_upload_key(const protocol::Headers& headers, const ObjectVersion& upload) {
  TRY(const CustomerKey given, read_customer_key(headers));
  if (given.digest == upload.customer_key) return {};
  // The same words whichever of the two has none.
  if (upload.customer_key.empty() || given.digest.empty()) {
    return errors::invalid(
        "The multipart upload initiate requested encryption. Subsequent part requests must include the "
        "appropriate encryption parameters.");
  }
  return errors::invalid("The provided encryption parameters did not match the ones used originally.");
}

std::string etag_under_key(const ObjectVersion& version, const std::string& md5_hex) {
  const std::string& key = version.customer_key.empty() ? version.kms_key : version.customer_key;
  return key.empty() ? md5_hex : to_hex(md5(md5_hex + key));
}

}  // namespace millrace::s3
