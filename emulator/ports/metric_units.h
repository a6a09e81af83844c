#pragma once

#include <string>
#include <vector>

namespace millrace::ports {

/// The units that a metric's values may have, in the order in which AWS lists them.
inline std::vector<std::string> metric_units() {
  return {
      "Seconds",          "Microseconds",     "Milliseconds", "Bytes",           "Kilobytes",        "Megabytes",
      "Gigabytes",        "Terabytes",        "Bits",         "Kilobits",        "Megabits",         "Gigabits",
      "Terabits",         "Percent",          "Count",        "Bytes/Second",    "Kilobytes/Second", "Megabytes/Second",
      "Gigabytes/Second", "Terabytes/Second", "Bits/Second",  "Kilobits/Second", "Megabits/Second",  "Gigabits/Second",
      "Terabits/Second",  "Count/Second",     "None"};
}

}  // namespace millrace::ports
