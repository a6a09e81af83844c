#include "emulator/services/lambda/payload.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <simdjson.h>

#include "emulator/services/lambda/errors.h"

namespace millrace::lambda {

namespace {

/// Where the first byte that can't begin or continue a value stands, as Java's Jackson would say.
struct Place {
  size_t line = 1, column = 1;
};
Place place_of(std::string_view text, size_t at) {
  Place place;
  for (size_t i = 0; i < at && i < text.size(); ++i) {
    if (text[i] == '\n') {
      ++place.line;
      place.column = 1;
    } else {
      ++place.column;
    }
  }
  return place;
}

/// The offset of the first byte at which the text stops being UTF-8; npos if it is.
size_t first_bad_byte(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    auto c = static_cast<unsigned char>(text[i]);
    size_t length = c < 0x80 ? 1 : c >= 0xc2 && c < 0xe0 ? 2 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xf0 && c < 0xf5 ? 4 : 0;
    if (length == 0 || i + length > text.size()) return i;
    for (size_t k = 1; k < length; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xc0) != 0x80) return i;
    }
    i += length;
  }
  return std::string_view::npos;
}

std::string problem_of(std::string_view text) {
  static constexpr const char* kSource = "at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)";
  size_t bad = first_bad_byte(text);
  if (bad != std::string_view::npos) {
    Place place = place_of(text, bad);
    // Jackson's column counts the byte after the bad one [rec].
    return fmt::format("Invalid UTF-8 start byte 0x{:02x}\n {}; line: {}, column: {}]", static_cast<unsigned char>(text[bad]), kSource,
                       place.line, place.column + 1);
  }
  // Jackson reads the beginning of an object's or an array's next part and names the character that can't stand there.
  size_t first = text.find_first_not_of(" \n\t\r");
  if (first != std::string_view::npos && text[first] == '{') {
    size_t at = text.find_first_not_of(" \n\t\r", first + 1);
    if (at != std::string_view::npos && text[at] != '"' && text[at] != '}') {
      Place place = place_of(text, at);
      return fmt::format("Unexpected character ('{0}' (code {1})): was expecting double-quote to start field name\n {2}; line: {3}, column: {4}]",
                         text[at], static_cast<int>(static_cast<unsigned char>(text[at])), kSource, place.line, place.column);
    }
  }
  std::string token;
  for (char c : text) {
    if (token.empty() && (c == ' ' || c == '\n' || c == '\t' || c == '\r')) continue;
    if (!isalnum(static_cast<unsigned char>(c)) && c != '_' && c != '$') break;
    token += c;
  }
  // unverified: Jackson words each kind of malformed text in its own way; this is its commonest.
  return fmt::format("Unrecognized token '{}': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n {}; line: 1, column: {}]",
                     token, kSource, token.size() + 1);
}

}  // namespace

Result<std::string> request_payload(std::string body, bool async) {
  size_t limit = async ? kAsyncPayloadMax : kSyncPayloadMax;
  if (body.size() > limit)
    return AwsError(errors::too_large, fmt::format("{} byte payload is too large for the {} invocation type (limit {} bytes)", body.size(),
                                                   async ? "Event" : "RequestResponse", limit));
  if (body.empty()) return std::string("{}");
  thread_local simdjson::dom::parser parser;
  simdjson::padded_string padded(body);
  simdjson::dom::element element;
  // simdjson is fast and refuses some valid documents (numbers beyond 64 bits, deep nesting): the second asks twice.
  if (parser.parse(padded).get(element) && !nlohmann::json::accept(body))
    return AwsError(errors::invalid_request_content, "Could not parse request body into json: Could not parse payload into json: " + problem_of(body),
                    errors::user_fault());
  return body;
}

}  // namespace millrace::lambda
