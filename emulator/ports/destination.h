#pragma once
// Where failure records, async results and notifications are sent: an SQS queue, an SNS topic, a function or a
// bucket, by ARN. The server wires the services behind it.

#include <functional>
#include <map>
#include <string>

#include "emulator/base/result.h"

namespace millrace::ports {

struct Message {
  std::string body;
  /// SQS/SNS message attributes: name to (data type, value), e.g. {"ErrorCode", {"Number", "200"}}.
  std::map<std::string, std::pair<std::string, std::string>> attributes;
  /// What a queue keeps as its own attributes: AWSTraceHeader, MessageGroupId.
  std::map<std::string, std::string> system = {};
  std::string s3_key = {};   // for a bucket as target
  std::string subject = {};  // for a topic
  /// What one kind of target takes besides: "MessageGroupId", "MessageDeduplicationId" (FIFO queues), "LogStreamName",
  /// "Timestamp" (log groups), "DetailType", "Source", "Resources", "Time" (event buses; without "DetailType" the body is a
  /// whole event).
  std::map<std::string, std::string> parameters = {};
};

class Destination {
 public:
  virtual ~Destination() = default;
  /// Delivers to `target_arn` with the permissions of `role_arn` (empty: the sending service's own; then
  /// `service_principal` and `source_arn` are checked against the target's resource policy).
  struct Sender {
    std::string role_arn;
    std::string service_principal;
    std::string source_arn;
    std::string account;
    std::string region = {};  // where the sender works: aws:RequestedRegion for a target whose ARN names none
  };
  virtual Result<void> send(const std::string& target_arn, const Message& message, const Sender& sender) = 0;
};

}  // namespace millrace::ports
