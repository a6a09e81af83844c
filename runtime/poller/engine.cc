#include "runtime/poller/engine.h"

#include <algorithm>
#include <deque>
#include <future>

#include "emulator/base/log.h"
#include "emulator/base/mutex.h"
#include "runtime/poller/replay.h"

namespace millrace::poller {

namespace {

constexpr auto kAnswerMax = std::chrono::seconds(2);
constexpr size_t recent_events_max = 100;  // kept per mapping; older ones are forgotten

const ErrorKind invalid_parameter{"InvalidParameterValueException", 400};

ports::MappingState settled_state(const ports::MappingConfig& config) {
  return config.enabled ? ports::MappingState::enabled : ports::MappingState::disabled;
}

ports::MappingState transition(const ports::MappingConfig& before, const ports::MappingConfig& after) {
  if (before.enabled == after.enabled) return ports::MappingState::updating;
  return after.enabled ? ports::MappingState::enabling : ports::MappingState::disabling;
}

/// "users" of a table's stream, a queue's name.
std::string source_name(const std::string& arn) {
  constexpr std::string_view table = ":table/";
  size_t at = arn.find(table);
  if (at == std::string::npos) return arn.substr(arn.rfind(':') + 1);
  at += table.size();
  return arn.substr(at, arn.find('/', at) - at);
}

/// What becomes of records, for the terminal. Without the request's id, so that a retry's line is the same line again.
std::string in_words(const ports::MappingConfig& config, const ports::MappingEvent& event) {
  std::string out = source_name(config.event_source_arn) + " -> " + config.function_name + ": " + event.what + ": ";
  if (event.records > 1) out += std::to_string(event.records) + " records, the first ";
  out += event.first_record;
  if (!event.reason.empty()) out += ": " + event.reason.substr(0, event.reason.find('\n'));
  return out;
}

bool is_in_scope(const ports::DrainScope& scope, const ports::MappingConfig& config) {
  return (scope.account.empty() || scope.account == config.account) &&
         (scope.table.empty() || scope.table == source_name(config.event_source_arn) ||
          config.event_source_arn.starts_with(scope.table)) &&
         (scope.function.empty() || scope.function == config.function_name || scope.function == config.function_arn);
}

}  // namespace

/// One mapping: what API threads ask for, and the runner that the executor drives.
struct Engine::Mapping final : ProgressSink, std::enable_shared_from_this<Engine::Mapping> {
  explicit Mapping(Engine& owner) : engine(owner) {}

  void add(Counter counter, uint64_t n) override {
    {
      MutexLock lock(mutex);
      status.*counter += n;
    }
    ++progress;
  }
  void result(const char* text) override {
    {
      MutexLock lock(mutex);
      if (status.last_processing_result == text) return;
      status.last_processing_result = text;
    }
    if (runner) store_result(engine.context_, uuid, text);
  }
  void note(ports::MappingEvent event) override {
    event.at_ms = engine.context_.clock.now_ms();
    if (event.what != "delivered" && event.what != "filtered out") log::warning(in_words(running, event));
    if (running.counts_events && engine.context_.metrics) count(event);
    MutexLock lock(mutex);
    if (recent.size() == recent_events_max) recent.pop_front();
    recent.push_back(std::move(event));
  }
  void progressed() override {
    {
      MutexLock lock(mutex);
      status.busy = runner && runner->busy();
      const SourceRunner::Pending now = status.busy ? runner->pending() : SourceRunner::Pending{};
      status.pending = now.records;
      status.pending_since = now.since_ms;
      status.next_try_ms = now.next_try_ms;
    }
    engine.progressed();
  }

  /// The metrics that MetricsConfig asks for. What is retried is invoked (and fails) each time, and polled once.
  void count(const ports::MappingEvent& event) {
    ports::MetricName name{running.account, running.region, "AWS/Lambda", "", {{"EventSourceMappingUUID", uuid}}};
    auto add = [&](const char* metric) {
      name.name = metric;
      engine.context_.metrics->count(name, static_cast<double>(event.records));
    };
    const bool delivered = event.what == "delivered", filtered = event.what == "filtered out";
    const bool lost = event.what == "expired" || event.what == "given up";
    if (delivered || filtered || lost) add("PolledEventCount");
    if (filtered) add("FilteredOutEventCount");
    if (delivered || event.what == "failed") add("InvokedEventCount");
    if (event.what == "failed") add("FailedInvokeEventCount");
    if (lost) add(running.on_failure_arn.empty() ? "DroppedEventCount" : "OnFailureDestinationDeliveredEventCount");
    if (running.kind == ports::SourceKind::queue && (delivered || filtered)) add("DeletedEventCount");
  }

  Engine& engine;
  std::string uuid;
  mutable Mutex mutex;
  ports::MappingStatus status GUARDED_BY(mutex);
  std::deque<ports::MappingEvent> recent GUARDED_BY(mutex);
  ports::MappingConfig config;           // guarded by the engine's mutex
  std::shared_ptr<SourceRunner> runner;  // on the executor only
  ports::MappingConfig running;          // what the runner works by; on the executor only
  SettingsPtr settings;                  // the same with its filters; on the executor only
  bool removed = false;                  // on the executor only
  uint64_t progress = 0;                 // counts what happened; on the executor only
};

Engine::Engine(const EngineParts& parts)
    : thread_(parts.executor ? nullptr : std::make_unique<RuntimeThread>()),
      context_{std::make_shared<Gate>(parts.executor ? *parts.executor : static_cast<Executor&>(*thread_)),
               parts.clock,
               parts.timers,
               parts.random,
               parts.streams,
               parts.queues,
               parts.functions,
               parts.invoker,
               parts.destinations,
               parts.checkpoints,
               parts.authority,
               parts.metrics} {}

Engine::~Engine() {
  context_.gate->close();
  thread_.reset();  // the task under way ends, the others are dropped
  for (const auto& [uuid, mapping] : mappings_) {
    if (mapping->runner) mapping->runner->save_position();
  }
}

Result<void> Engine::put(ports::MappingConfig config) {
  std::string problem;
  auto criteria = filter::FilterCriteria::compile(config.filter_patterns, &problem);
  if (!criteria) {
    log::info("event source mapping " + config.uuid + ": invalid filter pattern: " + problem);
    return AwsError(invalid_parameter, "Invalid filter pattern definition.");
  }
  if (config.kind == ports::SourceKind::queue && !context_.queues) {
    return AwsError(invalid_parameter, "Unrecognized event source.");
  }
  if (config.enabled) fix_starting_position(context_, config);
  auto settings = std::make_shared<Settings>();
  settings->config = config;
  settings->criteria = std::move(*criteria);
  settings->source = {config.event_source_arn, config.region};
  std::shared_ptr<Mapping> mapping;
  {
    MutexLock lock(mutex_);
    auto& slot = mappings_[config.uuid];
    bool created = !slot;
    if (created) {
      slot = std::make_shared<Mapping>(*this);
      slot->uuid = config.uuid;
      MutexLock fresh(slot->mutex);
      slot->status.last_processing_result = stored_result(context_, config.uuid);
    }
    mapping = slot;
    MutexLock status_lock(mapping->mutex);
    mapping->status.state = created ? ports::MappingState::creating : transition(mapping->config, config);
    mapping->config = std::move(config);
  }
  context_.gate->post([this, mapping, settings] { apply(mapping, settings); });
  return {};
}

void Engine::apply(const std::shared_ptr<Mapping>& mapping, SettingsPtr settings) {
  if (mapping->removed) return;
  if (mapping->runner) {
    if (settings->config != mapping->running) mapping->runner->change(settings);
  } else if (settings->config.kind == ports::SourceKind::stream) {
    mapping->runner = make_stream_runner(context_, *mapping, settings);
  } else {
    mapping->runner = make_queue_runner(context_, *mapping, settings);
  }
  mapping->running = settings->config;
  mapping->settings = settings;
  {
    MutexLock lock(mapping->mutex);
    mapping->status.state = settled_state(settings->config);
  }
  mapping->progressed();
}

void Engine::remove(const std::string& uuid) {
  std::shared_ptr<Mapping> mapping;
  {
    MutexLock lock(mutex_);
    auto it = mappings_.find(uuid);
    if (it == mappings_.end()) return;
    mapping = it->second;
    mappings_.erase(it);
  }
  context_.gate->post([this, mapping] {
    mapping->removed = true;
    if (mapping->runner) mapping->runner->remove();
    mapping->runner.reset();
    progressed();
  });
}

std::optional<ports::MappingStatus> Engine::status(const std::string& uuid) const {
  MutexLock lock(mutex_);
  auto it = mappings_.find(uuid);
  if (it == mappings_.end()) return std::nullopt;
  MutexLock status_lock(it->second->mutex);
  return it->second->status;
}

std::vector<ports::MappingReport> Engine::reports() const {
  std::vector<ports::MappingReport> all;
  MutexLock lock(mutex_);
  for (const auto& [uuid, mapping] : mappings_) {
    MutexLock status_lock(mapping->mutex);
    all.push_back({mapping->config, mapping->status, {mapping->recent.begin(), mapping->recent.end()}});
    ports::MappingStatus& told = all.back().status;
    if (told.pending_since != 0) told.lag_ms = std::max<Millis>(0, context_.clock.now_ms() - told.pending_since);
  }
  return all;
}

std::vector<ports::RecordFate> Engine::fates(const std::string& stream_arn, const std::string& shard_id,
                                             const ports::StreamRecord& record) const {
  auto answer = std::make_shared<std::promise<std::vector<ports::RecordFate>>>();
  auto told = answer->get_future();
  context_.gate->post([this, answer, stream_arn, shard_id, record] {
    std::vector<std::shared_ptr<Mapping>> mappings;
    {
      MutexLock lock(mutex_);
      for (const auto& [uuid, mapping] : mappings_)
        if (mapping->config.event_source_arn == stream_arn) mappings.push_back(mapping);
    }
    std::vector<ports::RecordFate> fates;
    for (const auto& mapping : mappings) {
      ports::RecordFate fate;
      fate.mapping_uuid = mapping->uuid;
      fate.function_arn = mapping->running.function_arn;
      for (const std::string& pattern : mapping->running.filter_patterns)
        fate.patterns += (fate.patterns.empty() ? "" : " or ") + pattern;
      fate.reason = "the mapping is beginning";
      if (mapping->runner) mapping->runner->tell_fate(shard_id, record, fate);
      fates.push_back(std::move(fate));
    }
    answer->set_value(std::move(fates));
  });
  if (told.wait_for(kAnswerMax) != std::future_status::ready) return {};
  return told.get();
}

std::optional<std::string> Engine::filter_problem(const std::string& pattern) const {
  std::string problem;
  if (filter::FilterPattern::compile(pattern, &problem)) return std::nullopt;
  return problem;
}

Engine::DrainId Engine::when_drained_of(const ports::DrainScope& scope, std::function<void()> fn) {
  DrainId id = ++last_drain_;
  context_.gate->post([this, id, scope, fn = std::move(fn)]() mutable {
    drains_[id] = {.fn = std::move(fn), .scope = scope};
    progressed();
  });
  return id;
}

void Engine::replay(const std::string& uuid, const ports::Stretch& stretch, std::function<void(ports::Replayed)> done) {
  std::shared_ptr<Mapping> mapping;
  {
    MutexLock lock(mutex_);
    auto it = mappings_.find(uuid);
    if (it != mappings_.end()) mapping = it->second;
  }
  if (!mapping) return done({.problem = "There is no mapping " + uuid + "."});
  context_.gate->post([this, mapping, stretch, done = std::move(done)] {
    if (!mapping->settings || mapping->settings->config.kind != ports::SourceKind::stream)
      return done({.problem = "Only what a stream's mapping has read is there to be read again."});
    start_replay(context_, mapping, mapping->settings, stretch, done);
  });
}

void Engine::forget(DrainId id) {
  context_.gate->post([this, id] { drains_.erase(id); });
}

/// Looks again at who waits for a drain, once all tasks posted so far have run.
void Engine::progressed() {
  if (drains_.empty() || check_posted_) return;
  check_posted_ = true;
  context_.gate->post([this] {
    check_posted_ = false;
    check_drained();
  });
}

bool Engine::is_drained(DrainWaiter& waiter, const Mappings& all, bool& look_again) {
  uint64_t progress = 0;
  for (const auto& mapping : all) {
    if (!is_in_scope(waiter.scope, mapping->running)) continue;
    if (!mapping->runner || !mapping->runner->quiet()) return false;
    progress += mapping->progress + 1;
  }
  if (waiter.seen_quiet && waiter.progress == progress) return true;
  waiter.seen_quiet = true;
  waiter.progress = progress;
  look_again = true;
  return false;
}

/// What a drain is about must be found quiet twice with nothing happening in between, and between the two every source
/// is read anew: so whatever was committed before the call, or by the last function that ran, has been seen.
void Engine::check_drained() {
  Mappings mappings;
  {
    MutexLock lock(mutex_);
    for (const auto& [uuid, mapping] : mappings_) mappings.push_back(mapping);
  }
  bool look_again = false;
  std::vector<std::function<void()>> told;
  for (auto it = drains_.begin(); it != drains_.end();) {
    if (!is_drained(it->second, mappings, look_again)) {
      ++it;
      continue;
    }
    told.push_back(std::move(it->second.fn));
    it = drains_.erase(it);
  }
  if (!told.empty() || look_again) {
    for (const auto& mapping : mappings) {
      if (mapping->runner && mapping->runner->quiet()) mapping->runner->save_position();
    }
  }
  for (auto& fn : told) fn();
  if (!look_again) return;
  for (const auto& mapping : mappings) {
    if (mapping->runner) mapping->runner->look_for_work();
  }
  progressed();
}

}  // namespace millrace::poller
