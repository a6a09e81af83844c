#pragma once
// Lambda's bound on answers, which both sides of an invocation hold: the runtime when a function answers, the API when what
// answered isn't the runtime.

#include <cstddef>
#include <string>

namespace millrace::ports {

/// Bytes that a function may return: Lambda adds 100 to the documented 6 MB [rec].
inline constexpr size_t kResponsePayloadMax = 6'291'556;

inline constexpr const char* kResponseTooLarge = "Function.ResponseSizeTooLarge";

/// The function's error in place of a larger answer.
inline std::string response_too_large() {
  return R"({"errorMessage":"Response payload size exceeded maximum allowed payload size ()" +
         std::to_string(kResponsePayloadMax) + R"( bytes).","errorType":")" + kResponseTooLarge + R"("})";
}

}  // namespace millrace::ports
