#pragma once
// One mapping on one stream: knows the shards, runs those whose turn it is (a child after its parent), passes
// wake-ups on.

#include <atomic>
#include <map>

#include "runtime/poller/shard_runner.h"
#include "runtime/poller/source_runner.h"

namespace millrace::poller {

class StreamRunner final : public SourceRunner, public std::enable_shared_from_this<StreamRunner> {
 public:
  StreamRunner(const PollerContext& context, ProgressSink& sink, SettingsPtr settings);
  /// Subscribes and looks for the first time. Separate from construction: callbacks need the shared pointer.
  void begin();

  void change(SettingsPtr settings) override;
  void remove() override;
  void save_position() override;
  void look_for_work() override;
  bool quiet() const override;
  bool busy() const override;
  void tell_fate(const std::string& shard_id, const ports::StreamRecord& record,
                 ports::RecordFate& fate) const override;
  Pending pending() const override;

 private:
  struct Shard {
    std::string parent;
    ShardCheckpoint checkpoint;           // as loaded
    std::shared_ptr<ShardRunner> runner;  // null: not begun, or done
    bool done = false;
  };

  void subscribe();
  void refresh();
  void begin_eligible();
  void shard_done(const std::string& shard_id);

  const PollerContext& context_;
  ProgressSink& sink_;
  SettingsPtr settings_;  // the newest, also while disabled
  bool enabled_ = true;
  std::map<std::string, Shard> shards_;
  std::map<std::string, std::string> stored_;  // checkpoints of shards not seen yet
  bool stale_ = true;                          // the list of shards is to be read again
  ports::StreamReader::Subscription subscription_;
  std::shared_ptr<std::atomic<bool>> woken_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace millrace::poller
