#include "emulator/services/logs/insights/queries.h"

#include <algorithm>
#include <atomic>

namespace millrace::logs::insights {

/// A query with what became of it. The rows are written once, before the status says Complete.
struct Queries::Kept {
  explicit Kept(StartedQuery started) : query(std::move(started)) {}
  bool ended() const { return status != "Scheduled" && status != "Running"; }

  const StartedQuery query;
  std::string status = "Scheduled";  // guarded by the owner's mutex_
  Outcome outcome;                   // guarded by the owner's mutex_
  std::atomic<bool> cancelled = false;
};

Queries::Queries(const ServiceContext& context)
    : context_(context), background_(std::make_unique<WokenThread>([this] { work(); })) {}

Queries::~Queries() {
  stop();
}

void Queries::stop() {
  background_->stop();
}

bool Queries::start(StartedQuery query) {
  {
    MutexLock lock(mutex_);
    auto waiting = std::count_if(kept_.begin(), kept_.end(), [](const auto& kept) { return !kept->ended(); });
    if (static_cast<size_t>(waiting) >= kWaitingMax) return false;
    if (kept_.size() >= kKeptMax) {
      auto oldest = std::find_if(kept_.begin(), kept_.end(), [](const auto& kept) { return kept->ended(); });
      if (oldest != kept_.end()) kept_.erase(oldest);
    }
    query.number = ++started_;
    kept_.push_back(std::make_shared<Kept>(std::move(query)));
  }
  background_->wake();
  return true;
}

std::shared_ptr<Queries::Kept> Queries::next() {
  MutexLock lock(mutex_);
  auto found = std::find_if(kept_.begin(), kept_.end(), [](const auto& kept) { return kept->status == "Scheduled"; });
  if (found == kept_.end()) return nullptr;
  (*found)->status = "Running";
  return *found;
}

void Queries::forget_oldest(const Kept* but) {
  size_t bytes = 0;
  for (const auto& kept : kept_) bytes += kept->outcome.row_bytes;
  while (bytes > kRowBytesMax) {
    auto oldest = std::find_if(kept_.begin(), kept_.end(), [&](const auto& kept) {
      return kept.get() != but && kept->ended() && kept->outcome.row_bytes > 0;
    });
    if (oldest == kept_.end()) return;
    bytes -= (*oldest)->outcome.row_bytes;
    kept_.erase(oldest);
  }
}

void Queries::work() {
  while (!background_->stopping()) {
    auto kept = next();
    if (!kept) return;
    Outcome outcome =
        execute(context_.store, kept->query.execution, [&] { return kept->cancelled || background_->stopping(); });
    MutexLock lock(mutex_);
    kept->outcome = std::move(outcome);
    forget_oldest(kept.get());
    if (!kept->ended()) kept->status = kept->outcome.failure.empty() ? "Complete" : "Failed";
  }
}

std::optional<QueryStatus> Queries::find(const Place& place, const std::string& id) const {
  MutexLock lock(mutex_);
  for (const auto& kept : kept_) {
    const StartedQuery& query = kept->query;
    if (query.id == id && query.place.account == place.account && query.place.region == place.region)
      return QueryStatus{query, kept->status, kept->outcome};
  }
  return std::nullopt;
}

std::vector<QueryStatus> Queries::list(const Place& place) const {
  std::vector<QueryStatus> out;
  MutexLock lock(mutex_);
  for (auto kept = kept_.rbegin(); kept != kept_.rend(); ++kept) {
    const StartedQuery& query = (*kept)->query;
    if (query.place.account != place.account || query.place.region != place.region) continue;
    Outcome numbers{{}, (*kept)->outcome.matched, (*kept)->outcome.scanned, (*kept)->outcome.bytes_scanned, 0, {}};
    out.push_back({query, (*kept)->status, std::move(numbers)});
  }
  return out;
}

std::optional<bool> Queries::cancel(const Place& place, const std::string& id) {
  MutexLock lock(mutex_);
  for (const auto& kept : kept_) {
    if (kept->query.id != id || kept->query.place.account != place.account || kept->query.place.region != place.region)
      continue;
    if (kept->ended()) return false;
    kept->cancelled = true;
    kept->status = "Cancelled";
    return true;
  }
  return std::nullopt;
}

}  // namespace millrace::logs::insights
