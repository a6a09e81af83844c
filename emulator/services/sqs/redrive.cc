// Dead-letter queues: which queues name one, checking a redrive policy. Moving messages back: move_tasks.cc.

#include "emulator/services/sqs/sqs.h"

namespace millrace::sqs {

using namespace protocol;

std::string dead_letter_target(const Queue& queue) {
  auto policy = parse_json(text_of(queue.attributes, "RedrivePolicy"));
  return policy ? text_of(*policy, "deadLetterTargetArn") : "";
}

Result<void> check_redrive_policy(const storage::Reader& reader, const Queue& queue, const Json& attributes) {
  std::string text = text_of(attributes, "RedrivePolicy");
  auto policy = parse_json(text);
  if (text.empty() || !policy || !policy->is_object()) return {};
  auto refuse = [&](const std::string& reason) {
    return AwsError(errors::invalid_value,
                    "Value " + text + " for parameter RedrivePolicy is invalid. Reason: " + reason);
  };
  const Json* count = find(*policy, "maxReceiveCount");
  if (!count) return refuse("Redrive policy does not contain mandatory attribute: maxReceiveCount.");
  std::string number = count->is_string() ? count->get<std::string>() : to_text(*count);
  bool digits = !number.empty() && number.size() <= 4 && number.find_first_not_of("0123456789") == std::string::npos;
  if (!digits || std::stoi(number) < 1 || std::stoi(number) > 1000)
    return refuse("Invalid value for maxReceiveCount: " + number + ", valid values are from 1 to 1000 both inclusive.");
  std::string target = text_of(*policy, "deadLetterTargetArn");
  if (target.empty()) return refuse("Redrive policy does not contain mandatory attribute: deadLetterTargetArn.");
  auto dead_letters = find_queue_by_arn(reader, target);
  if (!dead_letters) return refuse("Dead letter target does not exist.");
  if (dead_letters->fifo() != queue.fifo())
    return refuse("Dead letter queue must be same type of queue as the source.");
  return {};
}

Operation list_dead_letter_source_queues(Sqs& sqs) {
  static const Shape input =
      structure({protocol::optional("QueueUrl", string()), protocol::optional("NextToken", string()),
                 protocol::optional("MaxResults", integer().range(1, 1000))});
  auto handle = [&sqs](Call& call) -> Result<Json> {
    TRY(Queue queue, named_queue(sqs.context.store, call));
    TRY(Pager page, page_in(call, queue.arn()));
    Json out{{"queueUrls", Json::array()}};
    for (const Queue& other : list_queues(sqs.context.store, queue.account, queue.region)) {
      if (dead_letter_target(other) == queue.arn() && page.takes(other.name))
        out["queueUrls"].push_back(queue_url(call, other));
    }
    end_page(call, page, out);
    return out;
  };
  return {.name = "ListDeadLetterSourceQueues",
          .input = &input,
          .access = queue_access(sqs, "ListDeadLetterSourceQueues"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::sqs
