#pragma once
// AWS's signatures, versions 4 and 2: reading what a request says of itself, and what its signature should be.
// Sources: "Signature Version 4 signing process", AWS General Reference; "Signing and authenticating REST requests"
// (version 2) and "Browser-based uploads using POST", S3's developer guide.

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
  std::string signed_headers;              // lower case, between semicolons, as listed
  std::string security_token;              // x-amz-security-token
  std::string timestamp;                   // YYYYMMDDThhmmssZ
  bool presigned = false;                  // from the query string
  int64_t expires_s = 0;                   // presigned only
  bool version_2 = false;                  // S3's old kind; the service checks a presigned one's Expires
  std::optional<std::string> form_policy;  // of a POST form: the policy as sent, which is what was signed
};

enum class CredentialState { absent, malformed, present };

/// Reads the Authorization header or the presigned query; does not check the signature.
CredentialState read_credential(const HttpRequest& request, const QueryParameters& query, Credential& out);
/// Reads `<key>/<date>/<region>/<service>/aws4_request`; false if it isn't of that form.
bool read_credential_scope(std::string_view scope, Credential& out);

/// The signature that the request should carry under this secret. `payload_hash` is the hex SHA-256 of the body,
/// or what x-amz-content-sha256 says. S3 doesn't normalise or double-encode the path.
std::string expected_signature(const HttpRequest& request, const Credential& credential, const std::string& secret,
                               const std::string& payload_hash);
/// The canonical request and string to sign, for S3's error document.
std::string canonical_request(const HttpRequest& request, const Credential& credential,
                              const std::string& payload_hash);
std::string string_to_sign(const Credential& credential, const std::string& canonical);
/// Version 2's signature, base64, of an S3 request with an Authorization header or a presigned query. `host_bucket` is
/// the bucket that the Host names, which stands before the path; "" for path style.
std::string signature_v2(const HttpRequest& request, const QueryParameters& query, const std::string& secret,
                         std::string_view host_bucket);
/// What version 2 signs, for S3's error document.
std::string string_to_sign_v2(const HttpRequest& request, const QueryParameters& query, std::string_view host_bucket);
/// The signature that a POST form with this policy should carry, in either version.
std::string form_signature(const Credential& credential, const std::string& secret);
/// The derived signing key (32 bytes).
std::string signing_key(const std::string& secret, const Credential& credential);

}  // namespace millrace::protocol
