#include "runtime/poller/stream_runner.h"

#include <algorithm>
#include <set>

#include "emulator/base/log.h"

namespace millrace::poller {

StreamRunner::StreamRunner(const PollerContext& context, ProgressSink& sink, SettingsPtr settings)
    : context_(context),
      sink_(sink),
      settings_(std::move(settings)),
      stored_(context.checkpoints.load(settings_->config.uuid)) {}

void StreamRunner::begin() {
  enabled_ = settings_->config.enabled;
  if (!enabled_) return;
  subscribe();
  look_for_work();
}

/// The wake-up runs on the committing thread: it sets a flag, and posts once until the flag was seen.
void StreamRunner::subscribe() {
  subscription_ = context_.streams.subscribe(settings_->config.event_source_arn,
                                             [gate = context_.gate, woken = woken_, weak = weak_from_this()] {
                                               if (woken->exchange(true)) return;
                                               gate->post([woken, weak] {
                                                 woken->store(false);
                                                 if (auto self = weak.lock()) self->look_for_work();
                                               });
                                             });
}

void StreamRunner::look_for_work() {
  if (!enabled_) return;
  bool none_running = std::none_of(shards_.begin(), shards_.end(), [](const auto& s) { return s.second.runner; });
  if (stale_ || none_running) refresh();
  for (auto& [id, shard] : shards_) {
    if (shard.runner) shard.runner->wake();
  }
}

void StreamRunner::save_position() {
  for (auto& [id, shard] : shards_) {
    if (shard.runner) shard.runner->save_position();
  }
}

void StreamRunner::change(SettingsPtr settings) {
  settings_ = std::move(settings);
  enabled_ = settings_->config.enabled;
  if (!enabled_) subscription_.reset();
  for (auto& [id, shard] : shards_) {
    if (shard.runner) shard.runner->change(enabled_ ? settings_ : nullptr);
  }
  if (!enabled_) return;
  if (shards_.empty())
    stored_ = context_.checkpoints.load(settings_->config.uuid);  // LATEST is fixed when first enabled
  stale_ = true;
  if (!subscription_) subscribe();
  look_for_work();
}

void StreamRunner::remove() {
  enabled_ = false;
  subscription_.reset();
  for (auto& [id, shard] : shards_) {
    if (shard.runner) shard.runner->shut();
  }
  shards_.clear();
  context_.checkpoints.erase_all(settings_->config.uuid);
}

void StreamRunner::refresh() {
  auto listed = context_.streams.shards(settings_->config.event_source_arn);
  if (listed.has_error()) {
    log::warning("event source mapping " + settings_->config.uuid + ": " + listed.error().message);
    sink_.result("PROBLEM: Stream could not be read");  // unverified: AWS's text for it
    return;
  }
  stale_ = false;
  std::set<std::string> ids;
  for (const ports::ShardInfo& info : *listed) {
    ids.insert(info.shard_id);
    auto [it, added] = shards_.try_emplace(info.shard_id);
    if (!added) continue;
    it->second.parent = info.parent_shard_id;
    if (auto stored = stored_.extract(info.shard_id); !stored.empty()) {
      it->second.checkpoint = ShardCheckpoint::parse(stored.mapped());
    }
    it->second.done = it->second.checkpoint.done;
  }
  for (auto it = shards_.begin(); it != shards_.end();) {  // trimmed shards that we are through with
    bool gone = !ids.count(it->first) && (!it->second.runner || !it->second.runner->busy());
    if (!gone) {
      ++it;
      continue;
    }
    if (it->second.runner) it->second.runner->shut();
    context_.checkpoints.erase(settings_->config.uuid, it->first);
    it = shards_.erase(it);
  }
  begin_eligible();
}

/// A shard begins when its parent is done, or isn't there any more.
void StreamRunner::begin_eligible() {
  for (auto& [id, shard] : shards_) {
    if (shard.done || shard.runner) continue;
    auto parent = shards_.find(shard.parent);
    if (parent != shards_.end() && !parent->second.done) continue;
    shard.runner = std::make_shared<ShardRunner>(context_, sink_, settings_, id, shard.checkpoint,
                                                 [weak = weak_from_this(), id = id] {
                                                   if (auto self = weak.lock()) self->shard_done(id);
                                                 });
    shard.runner->wake();
  }
}

void StreamRunner::shard_done(const std::string& shard_id) {
  // Called by the shard's runner itself, which must live until it returns.
  context_.gate->post([weak = weak_from_this(), shard_id] {
    auto self = weak.lock();
    if (!self) return;
    auto it = self->shards_.find(shard_id);
    if (it == self->shards_.end()) return;
    it->second.done = true;
    it->second.runner.reset();
    self->stale_ = true;
    if (self->enabled_) self->refresh();
    self->sink_.progressed();
  });
}

bool StreamRunner::quiet() const {
  return std::all_of(shards_.begin(), shards_.end(), [this](const auto& entry) {
    const Shard& shard = entry.second;
    if (shard.done) return true;
    if (shard.runner) return !shard.runner->done() && shard.runner->quiet();
    return !enabled_;  // waits for its parent
  });
}

bool StreamRunner::busy() const {
  return std::any_of(shards_.begin(), shards_.end(),
                     [](const auto& entry) { return entry.second.runner && entry.second.runner->busy(); });
}

SourceRunner::Pending StreamRunner::pending() const {
  Pending out;
  auto earlier = [](Millis& at, Millis other) {
    if (other > 0 && (at == 0 || other < at)) at = other;
  };
  for (const auto& [id, shard] : shards_) {
    if (!shard.runner) continue;
    const Pending of_shard = shard.runner->pending();
    out.records += of_shard.records;
    earlier(out.since_ms, of_shard.since_ms);
    earlier(out.next_try_ms, of_shard.next_try_ms);
  }
  return out;
}

std::shared_ptr<SourceRunner> make_stream_runner(const PollerContext& context, ProgressSink& sink,
                                                 SettingsPtr settings) {
  auto runner = std::make_shared<StreamRunner>(context, sink, std::move(settings));
  runner->begin();
  return runner;
}

}  // namespace millrace::poller
