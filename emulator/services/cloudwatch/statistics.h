#pragma once
// Statistics of a bucket: Average, Sum, p99, tm90, ...

#include <functional>
#include <optional>
#include <string>

#include "emulator/services/cloudwatch/points.h"

namespace millrace::cloudwatch {

/// True for the five plain ones and for what AWS calls extended: p, tm, tc, ts, wm with a number, IQM, PR and ranges.
bool is_statistic(const std::string& name);
/// How one of the five plain statistics comes of a bucket with values; nullptr for extended ones.
double (*plain_statistic(const std::string& name))(const Bucket& bucket);
/// nullopt where it can't be told: a percentile of values that are no longer known one by one.
std::optional<double> statistic(const Bucket& bucket, const std::string& name);
/// The same with its name read once, for many buckets; none for what is_statistic() isn't true of.
std::function<std::optional<double>(const Bucket& bucket)> statistic_named(const std::string& name);

}  // namespace millrace::cloudwatch
