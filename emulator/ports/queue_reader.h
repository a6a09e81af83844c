#pragma once
// What the pollers need of SQS. Implemented by emulator/services/sqs.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/result.h"

namespace millrace::ports {

struct QueueMessage {
  std::string message_id;
  std::string receipt_handle;
  std::string body;
  std::string md5_of_body;                        // lower-case hex
  std::map<std::string, std::string> attributes;  // "SentTimestamp", "ApproximateReceiveCount", "SenderId", ...
  std::string message_attributes;                 // a JSON object as delivered to functions; empty: none
  std::string md5_of_message_attributes;          // empty: none
};

class QueueReader {
 public:
  virtual ~QueueReader() = default;
  struct Facts {
    int64_t visibility_timeout_s = 30;
    bool fifo = false;
  };
  /// AWS.SimpleQueueService.NonExistentQueue if there is no such queue.
  virtual Result<Facts> facts(const std::string& queue_arn) = 0;
  /// At most `limit` visible messages, made invisible for the queue's visibility timeout and counted as
  /// received. AWS.SimpleQueueService.NonExistentQueue if there is no such queue; KMS.AccessDeniedException and its like
  /// if the queue is under a KMS key that `role_arn` (empty: whoever) can't use.
  virtual Result<std::vector<QueueMessage>> receive(const std::string& queue_arn, size_t limit,
                                                    const std::string& role_arn) = 0;
  /// Deletes messages that were dealt with; unknown handles are ignored.
  virtual void remove(const std::string& queue_arn, const std::vector<std::string>& receipt_handles) = 0;
  /// Makes messages visible again at once: received but never handed to the function.
  virtual void release(const std::string& queue_arn, const std::vector<std::string>& receipt_handles) = 0;

  using Subscription = std::shared_ptr<void>;  // ends when released
  /// Calls `wake` whenever a message may have become visible: sent, its delay over, its visibility timeout
  /// over. On any thread; it may only set flags and post.
  virtual Subscription subscribe(const std::string& queue_arn, std::function<void()> wake) = 0;
};

}  // namespace millrace::ports
