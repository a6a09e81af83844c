#pragma once
// KMS's error codes.

#include "emulator/base/result.h"
#include "emulator/protocol/json_errors.h"

namespace millrace::kms::errors {

inline constexpr ErrorKind validation{"ValidationException"};
inline constexpr ErrorKind throttled{"ThrottlingException"};
inline constexpr ErrorKind not_found{"NotFoundException"};
inline constexpr ErrorKind invalid_marker{"InvalidMarkerException"};
inline constexpr ErrorKind disabled{"DisabledException"};
inline constexpr ErrorKind invalid_state{"KMSInvalidStateException"};
inline constexpr ErrorKind invalid_usage{"InvalidKeyUsageException"};
inline constexpr ErrorKind invalid_ciphertext{"InvalidCiphertextException"};
inline constexpr ErrorKind incorrect_key{"IncorrectKeyException"};
inline constexpr ErrorKind invalid_signature{"KMSInvalidSignatureException"};
inline constexpr ErrorKind invalid_mac{"KMSInvalidMacException"};
inline constexpr ErrorKind unsupported{"UnsupportedOperationException"};
inline constexpr ErrorKind malformed_policy{"MalformedPolicyDocumentException"};
inline constexpr ErrorKind invalid_arn{"InvalidArnException"};
inline constexpr ErrorKind already_exists{"AlreadyExistsException"};
inline constexpr ErrorKind invalid_alias{"InvalidAliasNameException"};
inline constexpr ErrorKind limit_exceeded{"LimitExceededException"};
inline constexpr ErrorKind tag{"TagException"};
inline constexpr ErrorKind dry_run{"DryRunOperationException"};
inline constexpr ErrorKind invalid_grant_id{"InvalidGrantIdException"};
inline constexpr ErrorKind invalid_grant_token{"InvalidGrantTokenException"};
inline constexpr ErrorKind invalid_import_token{"InvalidImportTokenException"};
inline constexpr ErrorKind expired_import_token{"ExpiredImportTokenException"};
inline constexpr ErrorKind incorrect_material{"IncorrectKeyMaterialException"};
inline constexpr ErrorKind access_denied{"AccessDeniedException", 400};
inline constexpr ErrorKind not_implemented{"NotImplemented", 501};

inline protocol::ServiceErrors service_errors() {
  return protocol::json_errors(
      {{"SerializationException"}, validation, not_implemented, {"AccessDeniedException", 400, "", "Message"}}, 400);
}

}  // namespace millrace::kms::errors
