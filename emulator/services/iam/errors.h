#pragma once
// IAM's error codes.

#include "emulator/access/policy.h"
#include "emulator/base/result.h"
#include "emulator/protocol/service.h"

namespace millrace::iam::errors {

inline constexpr ErrorKind validation{"ValidationError"};
inline constexpr ErrorKind access_denied{"AccessDenied", 403};
inline constexpr ErrorKind invalid_input{"InvalidInput"};
inline constexpr ErrorKind no_such_entity{"NoSuchEntity", 404};
inline constexpr ErrorKind already_exists{"EntityAlreadyExists", 409};
inline constexpr ErrorKind delete_conflict{"DeleteConflict", 409};
inline constexpr ErrorKind limit_exceeded{"LimitExceeded", 409};
inline constexpr ErrorKind unmodifiable{"UnmodifiableEntity"};
inline constexpr ErrorKind not_attachable{"PolicyNotAttachable"};
inline constexpr ErrorKind malformed_certificate{"MalformedCertificate"};
inline constexpr ErrorKind key_pair_mismatch{"KeyPairMismatch"};
inline constexpr ErrorKind password_policy_violation{"PasswordPolicyViolation"};
inline constexpr ErrorKind invalid_public_key{"InvalidPublicKey"};
inline constexpr ErrorKind unrecognized_encoding{"UnrecognizedPublicKeyEncoding"};
inline constexpr ErrorKind invalid_authentication_code{"InvalidAuthenticationCode", 403};
inline constexpr ErrorKind not_supported{"NotSupportedService", 404};
inline constexpr ErrorKind invalid_user_type{"InvalidUserType"};
inline constexpr ErrorKind report_not_present{"ReportNotPresent", 410};
inline constexpr ErrorKind report_expired{"ReportExpired", 410};
inline constexpr ErrorKind organization_not_found{"OrganizationNotFoundException"};
inline constexpr ErrorKind policy_evaluation{"PolicyEvaluation", 500};

inline protocol::ServiceErrors service_errors() {
  return {
      .serialization = {"MalformedInput"},
      .validation = validation,
      .not_implemented = {"NotImplemented", 501},
      .access_denied = access_denied,
      .missing_token = {"MissingAuthenticationToken", 403},
      .incomplete_signature = {"IncompleteSignature", 400},
      .invalid_token = {"InvalidClientTokenId", 403},
      .wrong_signature = {"SignatureDoesNotMatch", 403},
      .expired_token = {"ExpiredToken", 403},
  };
}

}  // namespace millrace::iam::errors
