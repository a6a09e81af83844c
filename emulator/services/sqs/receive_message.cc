#include <atomic>

#include "emulator/base/store_fault.h"
#include "emulator/services/sqs/key_use.h"
#include "emulator/services/sqs/message_view.h"
#include "emulator/services/sqs/sqs.h"

namespace millrace::sqs {

using namespace protocol;

namespace {

struct Request {
  size_t limit = 1;
  int64_t visibility_s = 30;
  Millis wait_until = 0;
  Wanted wanted;
};

AwsError out_of_range(const char* name, int64_t value, const std::string& bounds) {
  return {errors::invalid_value, "Value " + std::to_string(value) + " for parameter " + name +
                                     " is invalid. Reason: Must be " + bounds + ", if provided."};
}

Result<Request> read_request(const Call& call, const Queue& queue, Millis now) {
  Request request;
  int64_t max = number_of(call.input, "MaxNumberOfMessages", 1);
  if (max < 1 || max > 10) return out_of_range("MaxNumberOfMessages", max, "between 1 and 10");
  int64_t wait_s = number_of(call.input, "WaitTimeSeconds", queue.number("ReceiveMessageWaitTimeSeconds"));
  if (wait_s < 0 || wait_s > 20) return out_of_range("WaitTimeSeconds", wait_s, ">= 0 and <= 20");
  request.visibility_s = number_of(call.input, "VisibilityTimeout", queue.number("VisibilityTimeout"));
  if (request.visibility_s < 0 || request.visibility_s > 43'200)
    return out_of_range("VisibilityTimeout", request.visibility_s, ">= 0 and <= 43200");
  request.limit = static_cast<size_t>(max);
  request.wait_until = now + wait_s * 1000;
  request.wanted.system = call.input.value("AttributeNames", Json::array());
  for (const Json& name : call.input.value("MessageSystemAttributeNames", Json::array()))
    request.wanted.system.push_back(name);
  request.wanted.message = call.input.value("MessageAttributeNames", Json::array());
  return request;
}

/// One ReceiveMessage that may wait: tries, and tries again whenever the queue wakes it, until its time is over or its
/// client has gone, who must not be given a message.
/// Attempts and their completions run on the store's writer thread, one after the other.
class LongPoll : public std::enable_shared_from_this<LongPoll> {
 public:
  LongPoll(Sqs& sqs, std::shared_ptr<Call> call, Queue queue, Request request, Responder respond)
      : sqs_(sqs),
        call_(std::move(call)),
        queue_(std::move(queue)),
        request_(std::move(request)),
        respond_(std::move(respond)) {}

  void start() {
    if (request_.wait_until > sqs_.context.clock.now_ms()) {
      subscription_ = sqs_.waiters.subscribe(queue_.id, [weak = weak_from_this()] {
        if (auto self = weak.lock()) self->attempt();
      });
      call_->http.client.when_gone([weak = weak_from_this()] {
        auto self = weak.lock();
        if (!self) return;
        self->gone_ = true;
        self->attempt();
      });
    }
    attempt();
  }

 private:
  void attempt() {
    auto received = std::make_shared<std::vector<Received>>();
    sqs_.context.store.submit(
        [self = shared_from_this(), received](storage::Txn& txn) {
          if (self->finished_ || self->gone_) return true;  // an attempt that was queued beside the answering one
          Millis now = self->sqs_.context.clock.now_ms();
          *received = receive(txn, self->queue_, self->request_.limit, self->request_.visibility_s, now,
                              self->sqs_.context.random);
          if (received->empty()) return true;
          self->sqs_.meter.received(self->queue_, received->size());
          self->sqs_.meter.touched(dead_letter_target(self->queue_));
          self->finished_ = true;
          wake_after_commit(txn, self->sqs_, self->queue_, now + self->request_.visibility_s * 1000);
          return true;
        },
        [self = shared_from_this(), received](storage::Outcome outcome) {
          if (outcome == storage::Outcome::failed) return self->fail();
          self->on_attempt(*received);
        });
  }

  void on_attempt(std::vector<Received>& received) {
    if (!received.empty()) return answer(received);
    if (finished_) return;
    Millis now = sqs_.context.clock.now_ms();
    if (now >= request_.wait_until || gone_ || sqs_.waiters.closed()) {
      finished_ = true;
      sqs_.meter.received(queue_, 0);
      sqs_.meter.touched(dead_letter_target(queue_));  // it may have got what was received too often
      return answer(received);
    }
    Millis next = next_visible(sqs_.context.store, queue_, now);
    Millis at = next < 0 ? request_.wait_until : std::min(next, request_.wait_until);
    sqs_.context.timers.cancel(timer_);
    timer_ = sqs_.context.timers.at(at, [self = shared_from_this()] { self->attempt(); });
  }

  void fail() {
    finished_ = true;
    subscription_.reset();
    sqs_.context.timers.cancel(timer_);
    respond_(AwsError(kStoreFault, ""));
  }

  void answer(std::vector<Received>& received) {
    subscription_.reset();
    sqs_.context.timers.cancel(timer_);  // it holds us, and the connection
    Json messages = Json::array();
    // What KMS doesn't open any more comes again when its visibility timeout is over.
    for (Received& one : received) {
      if (open_message(sqs_, one.message)) messages.push_back(message_view(one, request_.wanted));
    }
    respond_(call_->service->render(*call_, messages.empty() ? Json::object() : Json{{"Messages", messages}}));
  }

  Sqs& sqs_;
  std::shared_ptr<Call> call_;
  Queue queue_;
  Request request_;
  Responder respond_;
  Waiters::Subscription subscription_;
  TimerId timer_ = 0;      // the writer thread's
  bool finished_ = false;  // the writer thread's
  std::atomic<bool> gone_ = false;
};

}  // namespace

Operation receive_message(Sqs& sqs) {
  static const Shape input =
      structure({protocol::optional("QueueUrl", string()), protocol::optional("AttributeNames", list(string())),
                 protocol::optional("MessageSystemAttributeNames", list(string())),
                 protocol::optional("MessageAttributeNames", list(string()))});
  auto handle = [&sqs](std::shared_ptr<Call> call, Responder respond) {
    Result<Queue> queue = named_queue(sqs.context.store, *call);
    if (queue.has_error()) return respond(std::move(queue).error());
    Result<Request> request = read_request(*call, *queue, sqs.context.clock.now_ms());
    if (request.has_error()) return respond(std::move(request).error());
    std::make_shared<LongPoll>(sqs, std::move(call), std::move(*queue), std::move(*request), std::move(respond))
        ->start();
  };
  return {.name = "ReceiveMessage",
          .input = &input,
          .access = queue_access(sqs, "ReceiveMessage"),
          .handle = AsyncHandler(handle)};
}

}  // namespace millrace::sqs
