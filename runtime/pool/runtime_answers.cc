#include "runtime/pool/runtime_answers.h"

#include <fmt/format.h>

#include "emulator/ports/payload_limits.h"

namespace millrace::pool {

namespace {

const char* reason_of(int status) {
  switch (status) {
    case 200: return "OK";
    case 202: return "Accepted";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 413: return "Payload Too Large";
    default: return "Bad Request";
  }
}

}  // namespace

RuntimeAnswer error_answer(int status, const char* type, const char* message) {
  return {status, "", fmt::format("{{\"errorMessage\":\"{}\",\"errorType\":\"{}\"}}\n", message, type)};
}

RuntimeAnswer too_large_answer() {
  const auto text = fmt::format("Exceeded maximum allowed payload size ({} bytes).", ports::kResponsePayloadMax);
  return error_answer(413, "RequestEntityTooLarge", text.c_str());
}

std::string head_of(const RuntimeAnswer& answer) {
  return fmt::format("HTTP/1.1 {} {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{}\r\n", answer.status,
                     reason_of(answer.status), answer.body.size(), answer.headers);
}

}  // namespace millrace::pool
