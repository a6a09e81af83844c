#pragma once
// A line that comes again within a minute is counted instead of shown.

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

/// Not thread-safe. Remembers at most kTextsMax texts; beyond that the one that was shown longest ago is forgotten.
class Repeats {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr auto kQuiet = std::chrono::minutes(1);
  static constexpr size_t kTextsMax = 512;

  /// What to show of `text` at `now`: itself, itself with the number of those that were held back since it was last shown, or
  /// nothing (empty).
  std::string seen(std::string_view text, Time now);
  /// What was held back and whose minute is over, with its number; they are forgotten.
  std::vector<std::string> overdue(Time now);

 private:
  struct Shown {
    Time at;
    size_t held = 0;
  };
  static std::string counted(const std::string& text, size_t held);
  void forget_one();
  std::map<std::string, Shown, std::less<>> shown_;
};

}  // namespace millrace
