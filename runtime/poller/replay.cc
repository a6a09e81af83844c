#include "runtime/poller/replay.h"

#include "runtime/poller/batch_response.h"
#include "runtime/poller/event_json.h"

namespace millrace::poller {

namespace {

constexpr size_t kPageRecords = 1000;
constexpr size_t kPageBytes = 1u << 20;
constexpr size_t kPayloadMax = 6 * 1024 * 1024 - 1024;  // as of a mapping's own batches

class Replay : public std::enable_shared_from_this<Replay> {
 public:
  Replay(const PollerContext& context, std::shared_ptr<ProgressSink> sink, SettingsPtr settings, ports::Stretch stretch,
         std::function<void(ports::Replayed)> done)
      : context_(context),
        sink_(std::move(sink)),
        settings_(std::move(settings)),
        stretch_(std::move(stretch)),
        done_(std::move(done)) {}

  void begin() {
    auto shards = context_.streams.shards(settings_->config.event_source_arn);
    if (shards.has_error()) return stop(shards.error().message);
    for (const ports::ShardInfo& shard : *shards) shards_.push_back(shard.shard_id);
    go_on();
  }

 private:
  void go_on() {
    while (shard_ < shards_.size()) {
      if (fill()) return invoke();
      if (!batch_.empty()) return invoke();
      ++shard_;
      position_.clear();
      shard_read_ = false;
    }
    stop("");
  }

  /// Takes records until the batch is full: true. False: the shard has no more.
  bool fill() {
    for (;;) {
      for (; at_ < page_.size(); ++at_) {
        if (batch_.size() == static_cast<size_t>(settings_->config.batch_size)) return true;
        if (!take(page_[at_])) return true;
      }
      page_.clear();
      at_ = 0;
      if (shard_read_) return false;
      auto page = context_.streams.read(settings_->config.event_source_arn, shards_[shard_], position_, kPageRecords,
                                        kPageBytes);
      if (page.has_error() || page->records.empty()) {
        shard_read_ = true;
        continue;
      }
      page_ = std::move(page->records);
      position_ = page_.back().sequence_number;
    }
  }

  bool in_stretch(const ports::StreamRecord& record) const {
    if (record.created_ms < stretch_.from_ms || record.created_ms > stretch_.to_ms) return false;
    const std::string& number = record.sequence_number;
    return (stretch_.from_sequence.empty() || number >= stretch_.from_sequence) &&
           (stretch_.to_sequence.empty() || number <= stretch_.to_sequence);
  }

  /// False: it doesn't fit into the batch any more.
  bool take(const ports::StreamRecord& record) {
    if (!in_stretch(record)) return true;
    if (!settings_->criteria.passes(record, settings_->source)) {
      ++result_.filtered;
      return true;
    }
    PendingRecord pending;
    render_record(pending, record, settings_->source);
    pending.sequence_number = record.sequence_number;
    pending.created_ms = record.created_ms;
    if (!batch_.empty() && bytes_ + pending.json.size() + 1 > kPayloadMax) return false;
    bytes_ += pending.json.size() + 1;
    batch_.push_back(std::move(pending));
    return true;
  }

  void invoke() {
    const auto& config = settings_->config;
    auto function = context_.functions.resolve(config.account, config.region, config.function_name, config.qualifier);
    if (function.has_error()) return stop(function.error().message);
    ports::Invocation invocation;
    invocation.function = *function;
    invocation.request_id = context_.random.uuid();
    invocation.invoked_function_arn = config.function_arn;
    invocation.payload = event_payload(batch_, nullptr, config.event_source_arn);
    request_id_ = invocation.request_id;
    context_.invoker.invoke(std::move(invocation), [gate = context_.gate, self = shared_from_this()](auto result) {
      gate->post([self, result = std::move(result)] { self->completed(result); });
    });
  }

  void completed(const ports::InvocationResult& result) {
    std::string reason;
    if (result.status == ports::InvocationStatus::throttled) reason = result.throttle_reason;
    if (result.status == ports::InvocationStatus::function_error) reason = error_text(result.payload);
    ++result_.batches;
    result_.records += batch_.size();
    if (!reason.empty()) {
      ++result_.failed;
      result_.last_error = reason;
    }
    sink_->note({.what = reason.empty() ? "replayed" : "replayed, failed",
                 .records = batch_.size(),
                 .first_record = record_name(batch_.front()),
                 .request_id = request_id_,
                 .reason = with_fault(reason, result.fault)});
    batch_.clear();
    bytes_ = 0;
    go_on();
  }

  void stop(const std::string& problem) {
    result_.problem = problem;
    done_(result_);
  }

  const PollerContext& context_;
  const std::shared_ptr<ProgressSink> sink_;
  const SettingsPtr settings_;
  const ports::Stretch stretch_;
  const std::function<void(ports::Replayed)> done_;
  std::vector<std::string> shards_;
  size_t shard_ = 0;
  std::string position_;
  bool shard_read_ = false;
  std::vector<ports::StreamRecord> page_;
  size_t at_ = 0;
  std::vector<PendingRecord> batch_;
  size_t bytes_ = 0;
  std::string request_id_;
  ports::Replayed result_;
};

}  // namespace

void start_replay(const PollerContext& context, std::shared_ptr<ProgressSink> sink, SettingsPtr settings,
                  const ports::Stretch& stretch, std::function<void(ports::Replayed)> done) {
  std::make_shared<Replay>(context, std::move(sink), std::move(settings), stretch, std::move(done))->begin();
}

}  // namespace millrace::poller
