#pragma once
// API Gateway's error codes (version 2), and the words of what the protocol refuses.

#include "emulator/base/result.h"
#include "emulator/protocol/json_errors.h"

namespace millrace::apigateway::errors {

inline constexpr ErrorKind bad_request_kind{"BadRequestException"};
inline constexpr ErrorKind conflict_kind{"ConflictException", 409};
inline constexpr ErrorKind not_found_kind{"NotFoundException", 404};
inline constexpr ErrorKind access_denied{"AccessDeniedException", 403};
inline constexpr ErrorKind not_implemented{"NotImplemented", 501};

inline AwsError bad_request(std::string text) {
  return {bad_request_kind, std::move(text)};
}
inline AwsError conflict(std::string text) {
  return {conflict_kind, std::move(text)};
}
/// `resource_type` is "Api", "Route", ...
inline AwsError not_found(const std::string& resource_type, const std::string& id) {
  // unverified: the words; clients look at the code only.
  return {not_found_kind, "Invalid " + resource_type + " identifier specified " + id,
          Json{{"resourceType", resource_type}}};
}
inline AwsError not_built(const std::string& what) {
  return {not_implemented, what + " is not implemented."};
}

inline protocol::ServiceErrors service_errors() {
  return protocol::json_errors({{"SerializationException"}, bad_request_kind, not_implemented, access_denied}, 403);
}

}  // namespace millrace::apigateway::errors
