#pragma once
// Queues as sources of event source mappings, and as destinations of messages from other services.

#include "emulator/ports/queue_reader.h"
#include "emulator/services/sqs/sqs.h"

namespace millrace::sqs {

class MappingSource final : public ports::QueueReader {
 public:
  explicit MappingSource(Sqs& sqs) : sqs_(sqs) {}
  Result<Facts> facts(const std::string& queue_arn) override;
  Result<std::vector<ports::QueueMessage>> receive(const std::string& queue_arn, size_t limit,
                                                   const std::string& role_arn) override;
  void remove(const std::string& queue_arn, const std::vector<std::string>& receipt_handles) override;
  void release(const std::string& queue_arn, const std::vector<std::string>& receipt_handles) override;
  Subscription subscribe(const std::string& queue_arn, std::function<void()> wake) override;

 private:
  Result<std::vector<ports::QueueMessage>> take(const std::string& queue_arn, size_t limit, bool key_was_asked);

  Sqs& sqs_;
};

}  // namespace millrace::sqs
