// TestEventPattern, and the words for patterns that AWS refuses.

#include "emulator/services/eventbridge/patterns.h"

#include "emulator/base/json_problem.h"
#include "emulator/services/eventbridge/operations.h"

namespace millrace::eventbridge {

using namespace protocol;

namespace {

/// The parser's own words, with the text that it read.
std::string parser_words(const std::string& problem, const std::string& text) {
  constexpr std::string_view kHidden = "REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)";
  const std::string source = "(String)\"" + text + "\"";
  std::string out = problem;
  for (size_t at = out.find(kHidden); at != std::string::npos; at = out.find(kHidden, at + source.size()))
    out.replace(at, kHidden.size(), source);
  return out;
}

}  // namespace

Result<filter::FilterPattern> compile_pattern(const std::string& text) {
  std::string problem;
  size_t position = 0;
  auto pattern = filter::FilterPattern::compile(text, &problem, &position);
  if (pattern) return std::move(*pattern);
  std::string message = "Event pattern is not valid. Reason: ";
  if (auto words = problem.starts_with("Filter is not") ? json_problem(text) : std::nullopt)
    return AwsError(errors::invalid_pattern, message + parser_words(*words, text));
  message += problem;
  const bool about_addresses =
      problem.find("CIDR") != std::string::npos || problem.find("IP address") != std::string::npos;
  // unverified: the column of some reasons; the rule engine's reader may be a token further.
  if (!about_addresses)
    message += "\n at [Source: (String)\"" + text + "\"; line: 1, column: " + std::to_string(position + 1) + "]";
  return AwsError(errors::invalid_pattern, message);
}

Operation test_event_pattern(Events& events) {
  (void)events;
  static const Shape input =
      structure({required("EventPattern", string().length(0, 4096)), required("Event", string())});
  auto handle = [](Call& call) -> Result<Json> {
    TRY(filter::FilterPattern pattern, compile_pattern(text_of(call.input, "EventPattern")));
    const std::string text = text_of(call.input, "Event");
    auto event = parse_json(text);
    bool complete = event && event->is_object();
    for (const char* member : {"id", "account", "source", "time", "region", "resources", "detail-type"})
      complete = complete && event->contains(member);
    if (!complete) return errors::invalid("Parameter Event is not valid.");
    return Json{{"Result", pattern.matches_json(text)}};
  };
  return {.name = "TestEventPattern",
          .input = &input,
          .access = needs("TestEventPattern", [](const Call&) { return std::string("*"); }),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::eventbridge
