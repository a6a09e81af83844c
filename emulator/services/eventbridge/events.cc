#include "emulator/services/eventbridge/events.h"

namespace millrace::eventbridge {

Events::Events(ServiceContext given, delivery::Deliveries& on_the_way, ports::Metrics& counts)
    : context(std::move(given)), deliveries(on_the_way), metrics(counts) {
  firings = std::make_unique<delivery::Firings>(
      context.timers, [this](const std::string& key) { deliveries.post([this, key] { fire(*this, key); }); });
}

std::shared_ptr<const Listeners> Events::listeners(const BusName& bus) {
  const std::string arn = bus.arn();
  uint64_t seen = 0;
  {
    MutexLock lock(mutex_);
    if (auto it = listeners_.find(arn); it != listeners_.end()) return it->second;
    seen = changes_;
  }
  auto read = std::make_shared<Listeners>();
  for (Rule& rule : storage::list_models<Rule>(context.store, rules_prefix(bus))) {
    auto pattern = filter::FilterPattern::compile(rule.pattern.value_or(""));
    if (pattern && !rule.is_disabled()) read->rules.push_back({std::move(rule), std::move(pattern)});
  }
  for (Archive& archive : storage::list_models<Archive>(context.store, named_prefix(bus.scope, "archive"))) {
    if (archive.source_arn != arn) continue;
    auto pattern = filter::FilterPattern::compile(archive.pattern.value_or(""));
    read->archives.push_back({std::move(archive), std::move(pattern)});
  }
  MutexLock lock(mutex_);
  if (seen == changes_) listeners_[arn] = read;
  return read;
}

void Events::remember(const BusName& bus, const Event& event, const std::string& text) {
  if (text.size() > kSeenBytesMax / 10) return;
  MutexLock lock(mutex_);
  seen_.push_back({now(), bus.arn(), event.id, text});
  seen_bytes_ += text.size();
  while (seen_.size() > kSeenMax || seen_bytes_ > kSeenBytesMax) {
    seen_bytes_ -= seen_.front().text.size();
    seen_.pop_front();
  }
}

std::vector<Events::Seen> Events::seen_on(const std::string& bus_arn) const {
  std::vector<Seen> out;
  MutexLock lock(mutex_);
  for (const Seen& seen : seen_) {
    if (seen.bus_arn == bus_arn) out.push_back(seen);
  }
  return out;
}

void Events::changes_listeners(storage::Txn& txn, const BusName& bus) {
  txn.after_commit([this, arn = bus.arn()] {
    MutexLock lock(mutex_);
    ++changes_;
    listeners_.erase(arn);
  });
}

}  // namespace millrace::eventbridge
