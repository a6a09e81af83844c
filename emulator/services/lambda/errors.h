#pragma once
// Lambda's error codes. The spelling of the message member and the presence of `Type` differ by code, as recorded
// from AWS; the factories below give each its recorded form.

#include "emulator/base/result.h"
#include "emulator/protocol/json_errors.h"

namespace millrace::lambda::errors {

inline constexpr ErrorKind invalid_parameter{"InvalidParameterValueException"};
inline constexpr ErrorKind resource_not_found{"ResourceNotFoundException", 404, "", "Message"};
inline constexpr ErrorKind resource_conflict{"ResourceConflictException", 409};
inline constexpr ErrorKind precondition_failed{"PreconditionFailedException", 412};
inline constexpr ErrorKind provisioned_config_not_found{"ProvisionedConcurrencyConfigNotFoundException", 404};
inline constexpr ErrorKind code_signing_config_not_found{"CodeSigningConfigNotFoundException", 404, "", "Message"};
inline constexpr ErrorKind invalid_request_content{"InvalidRequestContentException"};
inline constexpr ErrorKind too_many_requests{"TooManyRequestsException", 429};
inline constexpr ErrorKind validation{"ValidationException"};
inline constexpr ErrorKind recursive_invocation{"RecursiveInvocationException", 400, "", "Message"};
inline constexpr ErrorKind too_large{"RequestEntityTooLargeException", 413};
inline constexpr ErrorKind resource_in_use{"ResourceInUseException", 400, "", "Message"};
inline constexpr ErrorKind access_denied{"AccessDeniedException", 403, "", "Message"};
// 501 and not AWS's 500: SDKs retry 500 for minutes.
inline constexpr ErrorKind service_exception{"ServiceException", 501, "", "Message", Fault::server};
inline constexpr ErrorKind not_implemented{"NotImplemented", 501};

inline Json user_fault() {
  return Json{{"Type", "User"}};
}

inline AwsError invalid(std::string text) {
  return {invalid_parameter, std::move(text), user_fault()};
}
inline AwsError not_found(std::string text) {
  return {resource_not_found, std::move(text), user_fault()};
}
inline AwsError conflict(std::string text) {
  return {resource_conflict, std::move(text), user_fault()};
}
inline AwsError in_use(std::string text) {
  return {resource_in_use, std::move(text), user_fault()};
}
/// What functions with tenants can't have. unverified: the words
inline AwsError not_with_tenants(const std::string& what) {
  return invalid(what + " is not supported for functions enabled with tenancy configuration.");
}
inline AwsError no_such_resource() {
  return not_found("The resource you requested does not exist.");
}
/// `api` is "GetFunction/GetAlias", "GetPolicy", "GetLayerPolicy".
inline AwsError stale_revision(const std::string& api) {
  return {precondition_failed,
          "The Revision Id provided does not match the latest Revision Id. Call the " + api +
              " API to retrieve the latest Revision Id",
          user_fault()};
}

inline protocol::ServiceErrors service_errors() {
  return protocol::json_errors({invalid_request_content, validation, not_implemented, access_denied}, 403);
}

}  // namespace millrace::lambda::errors

namespace millrace::lambda {

/// RecursiveInvocationException's words. unverified: they are the API model's for it.
inline constexpr const char* kStoppedLoop =
    "Lambda has detected your function being invoked in a recursive loop with other Amazon Web Services resources and "
    "stopped your function's invocation.";

}  // namespace millrace::lambda
