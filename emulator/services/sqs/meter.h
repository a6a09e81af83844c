#pragma once
// What AWS/SQS's metrics count and sample. Source: "Available CloudWatch metrics for Amazon SQS".

#include <array>
#include <map>
#include <memory>
#include <string>

#include "emulator/base/mutex.h"
#include "emulator/ports/metrics.h"
#include "emulator/services/sqs/queues.h"

namespace millrace::sqs {

class Meter {
 public:
  /// All of them outlive it. `metrics` may be null: nothing is counted.
  Meter(storage::Store& store, Clock& clock, ports::Metrics* metrics);

  void sent(const Queue& queue, size_t bytes);
  /// None: an empty receive.
  void received(const Queue& queue, size_t messages);
  void deleted(const Queue& queue, size_t messages);
  /// Something else happened to the queue: it is sampled for the next hours.
  void touched(const std::string& queue_arn);

 private:
  enum Which { kSent, kSentSize, kReceived, kDeleted, kEmptyReceives, kCounted };
  /// One queue's metrics, found once.
  struct Series {
    std::array<std::shared_ptr<ports::MetricSeries>, kCounted> of;
  };
  static constexpr Millis kActiveMs = 6 * 3'600'000;  // AWS: metrics of queues that were active within six hours
  static constexpr Millis kBackMs = 3'600'000;        // how far a clock that jumped is made up for
  static constexpr size_t kQueuesMax = 10'000;

  void add(const Queue& queue, Which which, double value);
  bool sample(Millis now);
  void sample(const Queue& queue, Millis from, Millis to);
  void find_filled(Millis now);

  storage::Store& store_;
  Clock& clock_;
  ports::Metrics* const metrics_;
  Mutex mutex_;
  std::map<uint64_t, Series> series_ GUARDED_BY(mutex_);     // by queue id
  std::map<std::string, Millis> active_ GUARDED_BY(mutex_);  // queue ARN to its last use
  Millis sampled_ GUARDED_BY(mutex_) = 0;                    // 0: never
};

}  // namespace millrace::sqs
