#pragma once
// AWS Signature Version 4: reading what a request says of itself, and checking its signature.
// Source: "Signature Version 4 signing process", AWS General Reference.

#include <optional>
#include <string>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/protocol/http.h"

namespace millrace::protocol {

/// What a signed request claims: `Credential=<key>/<date>/<region>/<service>/aws4_request`.
struct Credential {
  std::string access_key_id;
  std::string date;  // YYYYMMDD
  std::string region;
  std::string service;
  std::string signature;
  std::vector<std::string> signed_headers;  // lower case, as listed
  std::string security_token;               // x-amz-security-token
  std::string timestamp;                    // YYYYMMDDThhmmssZ
  bool presigned = false;                   // from the query string
  int64_t expires_s = 0;                    // presigned only
  bool version_2 = false;                   // S3's old presigned query; the service checks its Expires
};

enum class CredentialState { absent, malformed, present };

/// Reads the Authorization header or the presigned query; does not check the signature.
CredentialState read_credential(const HttpRequest& request, const QueryParameters& query, Credential& out);

/// The signature that the request should carry under this secret. `payload_hash` is the hex SHA-256 of the body,
/// or what x-amz-content-sha256 says. S3 doesn't normalise or double-encode the path.
std::string expected_signature(const HttpRequest& request, const Credential& credential, const std::string& secret,
                               const std::string& payload_hash);
/// The canonical request and string to sign, for S3's error document.
std::string canonical_request(const HttpRequest& request, const Credential& credential,
                              const std::string& payload_hash);
std::string string_to_sign(const Credential& credential, const std::string& canonical);
/// Version 2's signature of a presigned S3 query, base64. Source: "Signing and authenticating REST requests", S3's
/// developer guide. Old SDKs still presign like that by default.
std::string signature_v2(const HttpRequest& request, const QueryParameters& query, const std::string& secret);
/// The derived signing key (32 bytes).
std::string signing_key(const std::string& secret, const Credential& credential);

}  // namespace millrace::protocol
