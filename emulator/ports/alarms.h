#pragma once
// Alarms that a service keeps in its user's name, and what metrics had: Application Auto Scaling. Implemented by
// emulator/services/cloudwatch.

#include <cstdint>
#include <string>
#include <vector>

#include "emulator/base/json.h"
#include "emulator/base/result.h"

namespace millrace::ports {

class Alarms {
 public:
  virtual ~Alarms() = default;
  /// PutMetricAlarm's input; its errors.
  virtual Result<void> put(const std::string& account, const std::string& region, const Json& alarm) = 0;
  /// Those that there are.
  virtual Result<void> remove(const std::string& account, const std::string& region,
                              const std::vector<std::string>& names) = 0;

  struct Question {
    Json metric;            // Namespace, MetricName, Dimensions
    std::string statistic;  // "Sum"
    int64_t from_s = 0, to_s = 0;
    int64_t period_s = 60;
  };
  /// The values of the periods that have any, oldest first.
  virtual std::vector<double> values(const std::string& account, const std::string& region,
                                     const Question& question) = 0;
};

}  // namespace millrace::ports
