// Event filter patterns: a pattern and an event, with a line's end between them.

#include "fuzz.h"
#include "runtime/filter/filter_pattern.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using millrace::filter::FilterPattern;
  std::string_view text = millrace::fuzz::as_text(data, size);
  size_t end = text.find('\n');
  std::string problem;
  auto pattern = FilterPattern::compile(text.substr(0, end), &problem);
  millrace::fuzz::promise(pattern || !problem.empty(), "a refused pattern has a reason");
  if (pattern && end != text.npos) (void)pattern->matches_json(text.substr(end + 1));
  return 0;
}
