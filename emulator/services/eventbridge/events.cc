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
  for (Json& rule : storage::list_documents(context.store, rules_prefix(bus))) {
    auto pattern = filter::FilterPattern::compile(text_of(rule, "EventPattern"));
    if (pattern && text_of(rule, "State") != "DISABLED") read->rules.push_back({std::move(rule), std::move(pattern)});
  }
  for (Json& archive : storage::list_documents(context.store, named_prefix(bus.scope, "archive"))) {
    if (text_of(archive, "EventSourceArn") != arn) continue;
    auto pattern = filter::FilterPattern::compile(text_of(archive, "EventPattern"));
    read->archives.push_back({std::move(archive), std::move(pattern)});
  }
  MutexLock lock(mutex_);
  if (seen == changes_) listeners_[arn] = read;
  return read;
}

void Events::changes_listeners(storage::Txn& txn, const BusName& bus) {
  txn.after_commit([this, arn = bus.arn()] {
    MutexLock lock(mutex_);
    ++changes_;
    listeners_.erase(arn);
  });
}

}  // namespace millrace::eventbridge
