#include "emulator/services/cloudwatch/alarm_port.h"

#include "emulator/services/cloudwatch/statistics.h"

namespace millrace::cloudwatch {

namespace {

Result<void> run(const protocol::Operation& operation, const std::string& account, const std::string& region,
                 Json input) {
  protocol::Call call;
  call.operation = &operation;
  call.caller.account = account;
  call.caller.region = region;
  call.input = std::move(input);
  TRY_VOID(std::get<protocol::JsonHandler>(operation.handle)(call));
  return {};
}

}  // namespace

Result<void> AlarmPort::put(const std::string& account, const std::string& region, const Json& alarm) {
  return run(put_, account, region, alarm);
}

Result<void> AlarmPort::remove(const std::string& account, const std::string& region,
                               const std::vector<std::string>& names) {
  return run(delete_, account, region, {{"AlarmNames", names}});
}

std::vector<double> AlarmPort::values(const std::string& account, const std::string& region, const Question& question) {
  watch_.counts.flush();
  std::map<int64_t, Bucket> together;
  const Metric metric = metric_of({account, region}, question.metric);
  for (const auto& [unit, points] :
       read_points(watch_.context.store, metric, question.from_s, question.to_s, question.period_s, "")) {
    for (const auto& [at, bucket] : points) together[at].merge(bucket);
  }
  std::vector<double> out;
  for (const auto& [at, bucket] : together) {
    if (auto value = statistic(bucket, question.statistic)) out.push_back(*value);
  }
  return out;
}

}  // namespace millrace::cloudwatch
