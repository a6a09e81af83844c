#include "emulator/services/lambda/payload.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "emulator/base/json_problem.h"
#include "emulator/services/lambda/errors.h"

namespace millrace::lambda {

Result<std::string> request_payload(std::string body, bool async) {
  size_t limit = async ? kAsyncPayloadMax : kSyncPayloadMax;
  if (body.size() > limit)
    return AwsError(errors::too_large,
                    fmt::format("{} byte payload is too large for the {} invocation type (limit {} bytes)", body.size(),
                                async ? "Event" : "RequestResponse", limit));
  if (body.empty()) return std::string("{}");
  thread_local simdjson::dom::parser parser;
  simdjson::padded_string padded(body);
  simdjson::dom::element element;
  // simdjson is fast and refuses some valid documents (numbers beyond 64 bits, deep nesting): json_problem decides.
  if (parser.parse(padded).get(element)) {
    if (auto problem = json_problem(body))
      return AwsError(errors::invalid_request_content,
                      "Could not parse request body into json: Could not parse payload into json: " + *problem,
                      errors::user_fault());
  }
  return body;
}

}  // namespace millrace::lambda
