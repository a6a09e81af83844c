#include "emulator/base/repeats.h"

#include <algorithm>

namespace millrace {

std::string Repeats::counted(const std::string& text, size_t held) {
  return held ? text + " (" + std::to_string(held) + " more in the last minute)" : text;
}

std::string Repeats::seen(std::string_view text, Time now) {
  auto found = shown_.find(text);
  if (found == shown_.end()) {
    if (shown_.size() >= kTextsMax) forget_one();
    shown_.emplace(std::string(text), Shown{now});
    return std::string(text);
  }
  Shown& last = found->second;
  if (now - last.at < kQuiet) {
    ++last.held;
    return "";
  }
  std::string line = counted(found->first, last.held);
  last = {now};
  return line;
}

std::vector<std::string> Repeats::overdue(Time now) {
  std::vector<std::string> out;
  std::erase_if(shown_, [&](const auto& entry) {
    if (now - entry.second.at < kQuiet) return false;
    if (entry.second.held) out.push_back(counted(entry.first, entry.second.held));
    return true;
  });
  return out;
}

void Repeats::forget_one() {
  auto oldest = std::min_element(shown_.begin(), shown_.end(),
                                 [](const auto& a, const auto& b) { return a.second.at < b.second.at; });
  shown_.erase(oldest);
}

}  // namespace millrace
