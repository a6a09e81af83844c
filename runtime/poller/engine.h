#pragma once
// Event source mappings at work: ports::MappingEngine.

#include <atomic>
#include <map>

#include "emulator/base/mutex.h"
#include "runtime/poller/source_runner.h"

namespace millrace::poller {

/// What the engine needs; everything outlives it. `executor` null: the engine makes a thread of its own.
struct EngineParts {
  Clock& clock;
  Timers& timers;
  Random& random;
  ports::StreamReader& streams;
  ports::QueueReader* queues = nullptr;
  ports::FunctionCatalog& functions;
  ports::Invoker& invoker;
  ports::Destination& destinations;
  ports::CheckpointStore& checkpoints;
  ports::Authority* authority = nullptr;  // null: execution roles aren't asked
  Executor* executor = nullptr;
  ports::Metrics* metrics = nullptr;  // null: how old batches are isn't counted
};

class Engine final : public ports::MappingEngine {
 public:
  explicit Engine(const EngineParts& parts);
  ~Engine() override;

  Result<void> put(ports::MappingConfig config) override;
  void remove(const std::string& uuid) override;
  std::optional<ports::MappingStatus> status(const std::string& uuid) const override;
  std::vector<ports::MappingReport> reports() const override;
  std::vector<ports::RecordFate> fates(const std::string& stream_arn, const std::string& shard_id,
                                       const ports::StreamRecord& record) const override;
  std::optional<std::string> filter_problem(const std::string& pattern) const override;
  DrainId when_drained(std::function<void()> fn) override { return when_drained_of({}, std::move(fn)); }
  DrainId when_drained_of(const ports::DrainScope& scope, std::function<void()> fn) override;
  void replay(const std::string& uuid, const ports::Stretch& stretch,
              std::function<void(ports::Replayed)> done) override;
  void forget(DrainId id) override;

 private:
  struct Mapping;
  struct DrainWaiter {
    std::function<void()> fn;
    ports::DrainScope scope = {};
    uint64_t progress = 0;  // of the mappings in the scope when all of them were last found quiet
    bool seen_quiet = false;
  };

  void apply(const std::shared_ptr<Mapping>& mapping, SettingsPtr settings);
  void progressed();
  void check_drained();
  using Mappings = std::vector<std::shared_ptr<Mapping>>;
  /// True if the drain is over; otherwise `look_again` is set if it may be after another look.
  static bool is_drained(DrainWaiter& waiter, const Mappings& all, bool& look_again);

  std::unique_ptr<RuntimeThread> thread_;  // unless the parts brought an executor
  const PollerContext context_;

  mutable Mutex mutex_;
  std::map<std::string, std::shared_ptr<Mapping>> mappings_ GUARDED_BY(mutex_);

  // On the executor only.
  std::map<DrainId, DrainWaiter> drains_;
  bool check_posted_ = false;
  std::atomic<DrainId> last_drain_{0};
};

}  // namespace millrace::poller
