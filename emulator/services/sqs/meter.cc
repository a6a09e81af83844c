#include "emulator/services/sqs/meter.h"

#include <algorithm>

namespace millrace::sqs {

namespace {

constexpr Millis kMinuteMs = 60'000;

ports::MetricName name_of(const Queue& queue, const char* metric, const char* unit = "Count") {
  return {queue.account, queue.region, "AWS/SQS", metric, {{"QueueName", queue.name}}, unit};
}

}  // namespace

Meter::Meter(storage::Store& store, Clock& clock, ports::Metrics* metrics)
    : store_(store), clock_(clock), metrics_(metrics) {
  if (metrics_) metrics_->sample_by([this](Millis now) { return sample(now); });
}

void Meter::add(const Queue& queue, Which which, double value) {
  if (!metrics_) return;
  const Millis now = clock_.now_ms();
  std::shared_ptr<ports::MetricSeries> series;
  {
    MutexLock lock(mutex_);
    active_[queue.arn()] = now;
    if (series_.size() >= kQueuesMax) series_.clear();
    std::shared_ptr<ports::MetricSeries>& kept = series_[queue.id].of[which];
    if (!kept) {
      static constexpr const char* kNames[] = {"NumberOfMessagesSent", "SentMessageSize", "NumberOfMessagesReceived",
                                               "NumberOfMessagesDeleted", "NumberOfEmptyReceives"};
      kept = metrics_->series(name_of(queue, kNames[which], which == kSentSize ? "Bytes" : "Count"));
    }
    series = kept;
  }
  series->add(now, value);
}

void Meter::sent(const Queue& queue, size_t bytes) {
  add(queue, kSent, 1);
  add(queue, kSentSize, static_cast<double>(bytes));
}

void Meter::received(const Queue& queue, size_t messages) {
  add(queue, messages > 0 ? kReceived : kEmptyReceives, messages > 0 ? static_cast<double>(messages) : 1);
}

void Meter::deleted(const Queue& queue, size_t messages) {
  add(queue, kDeleted, static_cast<double>(messages));
}

void Meter::touched(const std::string& queue_arn) {
  if (!metrics_ || queue_arn.empty()) return;
  MutexLock lock(mutex_);
  active_[queue_arn] = clock_.now_ms();
}

/// An earlier run's queues that hold messages are as active as if they had been used now.
void Meter::find_filled(Millis now) {
  for (const Queue& queue : all_queues(store_)) {
    if (oldest_sent_ms(store_, queue) < 0) continue;
    MutexLock lock(mutex_);
    if (active_.size() < kQueuesMax) active_.try_emplace(queue.arn(), now);
  }
}

bool Meter::sample(Millis now) {
  std::vector<std::string> active;
  Millis from = 0;
  bool is_first = false;
  {
    MutexLock lock(mutex_);
    is_first = sampled_ == 0;
  }
  if (is_first) find_filled(now);
  {
    MutexLock lock(mutex_);
    std::erase_if(active_, [&](const auto& entry) { return entry.second + kActiveMs < now; });
    for (const auto& [arn, last] : active_) active.push_back(arn);
    // The minute that was looked at last, too: a minute's value is what it is at its end.
    from = std::max(is_first ? now : std::min(sampled_, now), now - kBackMs);
    sampled_ = now;
  }
  for (const std::string& arn : active) {
    if (auto queue = find_queue_by_arn(store_, arn)) sample(*queue, from, now);
  }
  return !active.empty();
}

void Meter::sample(const Queue& queue, Millis from, Millis to) {
  const Counts counts = count(store_, queue, to);
  const Millis oldest = oldest_sent_ms(store_, queue);
  for (Millis at = from / kMinuteMs * kMinuteMs; at <= to; at += kMinuteMs) {
    metrics_->gauge(name_of(queue, "ApproximateNumberOfMessagesVisible"), at, static_cast<double>(counts.visible));
    metrics_->gauge(name_of(queue, "ApproximateNumberOfMessagesNotVisible"), at, static_cast<double>(counts.in_flight));
    metrics_->gauge(name_of(queue, "ApproximateNumberOfMessagesDelayed"), at, static_cast<double>(counts.delayed));
    const Millis age = oldest < 0 ? 0 : std::max<Millis>(std::min(at + kMinuteMs, to) - oldest, 0);
    metrics_->gauge(name_of(queue, "ApproximateAgeOfOldestMessage", "Seconds"), at, static_cast<double>(age / 1000));
  }
}

}  // namespace millrace::sqs
