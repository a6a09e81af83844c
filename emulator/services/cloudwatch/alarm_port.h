#pragma once
// CloudWatch as other rooms use it (emulator/ports/alarms.h): the operations, past sign-in and authorization.

#include "emulator/ports/alarms.h"
#include "emulator/services/cloudwatch/state.h"

namespace millrace::cloudwatch {

class AlarmPort final : public ports::Alarms {
 public:
  explicit AlarmPort(CloudWatch& watch) : watch_(watch), put_(put_metric_alarm(watch)), delete_(delete_alarms(watch)) {}

  Result<void> put(const std::string& account, const std::string& region, const Json& alarm) override;
  Result<void> remove(const std::string& account, const std::string& region,
                      const std::vector<std::string>& names) override;
  std::vector<double> values(const std::string& account, const std::string& region, const Question& question) override;

 private:
  CloudWatch& watch_;
  const protocol::Operation put_, delete_;
};

}  // namespace millrace::cloudwatch
