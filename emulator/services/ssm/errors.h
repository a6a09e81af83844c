#pragma once
// Systems Manager's error codes.

#include "emulator/base/result.h"
#include "emulator/protocol/json_errors.h"

namespace millrace::ssm::errors {

inline constexpr ErrorKind validation{"ValidationException"};
inline constexpr ErrorKind not_found{"ParameterNotFound"};
inline constexpr ErrorKind version_not_found{"ParameterVersionNotFound"};
inline constexpr ErrorKind already_exists{"ParameterAlreadyExists"};
inline constexpr ErrorKind limit_exceeded{"ParameterLimitExceeded"};
inline constexpr ErrorKind version_limit{"ParameterMaxVersionLimitExceeded"};
inline constexpr ErrorKind label_limit{"ParameterVersionLabelLimitExceeded"};
inline constexpr ErrorKind levels{"HierarchyLevelLimitExceededException"};
inline constexpr ErrorKind type_mismatch{"HierarchyTypeMismatchException"};
inline constexpr ErrorKind pattern_mismatch{"ParameterPatternMismatchException"};
inline constexpr ErrorKind invalid_pattern{"InvalidAllowedPatternException"};
inline constexpr ErrorKind invalid_key{"InvalidKeyId"};
inline constexpr ErrorKind invalid_filter_key{"InvalidFilterKey"};
inline constexpr ErrorKind invalid_filter_option{"InvalidFilterOption"};
inline constexpr ErrorKind invalid_filter_value{"InvalidFilterValue"};
inline constexpr ErrorKind invalid_token{"InvalidNextToken"};
inline constexpr ErrorKind invalid_resource_type{"InvalidResourceType"};
inline constexpr ErrorKind invalid_resource_id{"InvalidResourceId"};
inline constexpr ErrorKind too_many_tags{"TooManyTagsError"};
inline constexpr ErrorKind policies_limit{"PoliciesLimitExceededException"};
inline constexpr ErrorKind policy_type{"InvalidPolicyTypeException"};
inline constexpr ErrorKind policy_attribute{"InvalidPolicyAttributeException"};
inline constexpr ErrorKind policy_incompatible{"IncompatiblePolicyException"};
inline constexpr ErrorKind access_denied{"AccessDeniedException"};
inline constexpr ErrorKind not_implemented{"NotImplemented", 501};

inline protocol::ServiceErrors service_errors() {
  return protocol::json_errors({{"SerializationException"}, validation, not_implemented, access_denied}, 400);
}

}  // namespace millrace::ssm::errors
