#pragma once
// One mapping on one queue: receives, filters, batches, invokes with some concurrency, deletes what was dealt
// with. What fails is left to the queue: it becomes visible again when its visibility timeout ends.

#include <atomic>
#include <map>

#include "runtime/poller/source_runner.h"

namespace millrace::poller {

class QueueRunner final : public SourceRunner, public std::enable_shared_from_this<QueueRunner> {
 public:
  QueueRunner(const PollerContext& context, ProgressSink& sink, SettingsPtr settings);
  void begin();

  void change(SettingsPtr settings) override;
  void remove() override;
  void look_for_work() override;
  bool quiet() const override;
  bool busy() const override;
  Pending pending() const override;

 private:
  using Messages = std::vector<ports::QueueMessage>;

  void subscribe();
  void schedule();
  void pump();
  bool receive();
  void invoke(Messages batch);
  void invoke(Messages batch, std::shared_ptr<const ports::FunctionVersion> function);
  void completed(uint64_t id, const ports::InvocationResult& result);
  void release_waiting();
  void remove_messages(const Messages& messages);
  void try_later(const Messages& batch, std::string reason);
  size_t concurrency_max() const;
  void scale();
  static std::string filter_view(const ports::QueueMessage& message, const std::string& record);
  bool passes(const ports::QueueMessage& message, const std::string& record) const;
  std::string why_filtered(const ports::QueueMessage& message) const;
  // For `millrace trace`.
  void note_filtered(const ports::QueueMessage& message) const;
  void note_batch(const Messages& batch, const std::string& request_id) const;
  void note_back(const std::string& request_id) const;
  std::string render(const ports::QueueMessage& message) const;
  bool batch_ready();
  Messages take_batch();
  void note(const char* what, const Messages& messages, const std::string& request_id, std::string reason);
  void arm(Millis at);

  const PollerContext& context_;
  ProgressSink& sink_;
  SettingsPtr settings_;
  bool enabled_ = true;
  bool removed_ = false;
  bool scheduled_ = false;
  bool caught_up_ = false;
  Messages waiting_;  // received, in no batch yet; at most one batch
  size_t waiting_bytes_ = 0;
  Millis waiting_since_ms_ = 0;
  Millis retry_at_ms_ = 0;  // after a call that was refused
  int refused_in_a_row_ = 0;
  bool denied_ = false;            // the execution role may not receive: looks again at retry_at_ms_
  size_t scaled_to_;               // calls at once, as far as the backlog has raised it
  Millis saturated_since_ms_ = 0;  // since when as many are in flight with more in the queue; 0: they aren't
  struct InFlight {
    SettingsPtr settings;
    Messages messages;
    std::string request_id;
  };
  std::map<uint64_t, InFlight> in_flight_;
  uint64_t last_id_ = 0;
  TimerId timer_ = 0;
  Millis timer_at_ms_ = 0;
  ports::QueueReader::Subscription subscription_;
  std::shared_ptr<std::atomic<bool>> woken_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace millrace::poller
