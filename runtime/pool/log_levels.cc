#include "runtime/pool/log_levels.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "emulator/base/json.h"

namespace millrace::pool {

namespace {

constexpr int kTrace = 0, kInfo = 2;

std::optional<int> rank_of(std::string_view level) {
  std::string upper(level);
  std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return std::toupper(c); });
  if (upper == "WARNING") upper = "WARN";
  if (upper == "CRITICAL") upper = "FATAL";
  constexpr std::string_view kLevels[] = {"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"};
  auto found = std::find(std::begin(kLevels), std::end(kLevels), upper);
  if (found == std::end(kLevels)) return std::nullopt;
  return static_cast<int>(found - std::begin(kLevels));
}

}  // namespace

bool is_wanted(std::string_view event, std::string_view lowest) {
  int threshold = rank_of(lowest).value_or(kTrace);
  if (threshold == kTrace || !event.starts_with('{')) return true;
  auto document = parse_json(event);
  if (!document || !document->is_object()) return true;
  int rank = kInfo;
  // The second is what runtimes write of a handler's error.
  for (const char* member : {"level", "log_level"})
    if (auto known = rank_of(text_of(*document, member))) rank = *known;
  return rank >= threshold;
}

}  // namespace millrace::pool
