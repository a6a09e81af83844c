#pragma once
// The embedded metric format: log events that are JSON objects with an "_aws" member publish metrics.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

#include <string>

#include "emulator/ports/metrics.h"
#include "emulator/services/logs/log_groups.h"

namespace millrace::logs {

/// Cheap: true only for texts that may be one.
bool may_embed_metrics(const std::string& message);
/// Publishes what the message holds; nothing for one that isn't of the format.
void publish_embedded_metrics(ports::Metrics& metrics, const Place& place, const std::string& message);

}  // namespace millrace::logs
