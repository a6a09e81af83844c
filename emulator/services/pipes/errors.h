#pragma once
// EventBridge Pipes' error codes.

#include <string>

#include "emulator/base/result.h"
#include "emulator/protocol/json_errors.h"

namespace millrace::pipes::errors {

inline constexpr ErrorKind validation{"ValidationException"};
inline constexpr ErrorKind not_found{"NotFoundException", 404};
inline constexpr ErrorKind conflict{"ConflictException", 409};
inline constexpr ErrorKind quota{"ServiceQuotaExceededException", 402};
inline constexpr ErrorKind access_denied{"AccessDeniedException", 403};
inline constexpr ErrorKind not_implemented{"NotImplemented", 501};

/// One field that is wrong; the message is JSON itself [obs].
inline AwsError invalid_field(const std::string& name, const std::string& text) {
  return {validation, to_text({{"ValidationErrorFields", Json::array({{{"Name", name}, {"Message", text}}})}})};
}
inline AwsError no_pipe(const std::string& name) {
  return {not_found, "Pipe " + name + " does not exist."};
}

inline protocol::ServiceErrors service_errors() {
  return protocol::json_errors({{"SerializationException"}, validation, not_implemented, access_denied}, 403);
}

}  // namespace millrace::pipes::errors
