// CloudWatch Logs' filter patterns: a pattern and a message, with a line's end between them.

#include "emulator/services/logs/filter_pattern.h"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using millrace::logs::FilterPattern;
  std::string_view text = millrace::fuzz::as_text(data, size);
  size_t end = text.find('\n');
  auto pattern = FilterPattern::compile(text.substr(0, end));
  if (pattern.has_error() || end == text.npos) return 0;
  (void)(*pattern)->matches(text.substr(end + 1));
  (void)(*pattern)->extract(text.substr(end + 1));
  return 0;
}
