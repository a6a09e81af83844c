#include "emulator/base/work_in_progress.h"

#include <algorithm>
#include <utility>

namespace millrace {

void WorkInProgress::begin(uint64_t pieces) {
  MutexLock lock(mutex_);
  Counts& counts = counts_[{}];
  counts.begun += pieces;
  counts.under_way += pieces;
}

void WorkInProgress::end() {
  std::vector<std::function<void()>> told;
  {
    MutexLock lock(mutex_);
    --counts_[{}].under_way;
    told = take_done();
  }
  for (auto& fn : told) fn();
}

void WorkInProgress::begin(const std::string& id, Piece piece) {
  MutexLock lock(mutex_);
  Counts& counts = counts_[{piece.account, piece.function}];
  ++counts.begun;
  ++counts.under_way;
  pieces_.insert_or_assign(id, std::move(piece));
}

void WorkInProgress::end(const std::string& id) {
  std::vector<std::function<void()>> told;
  {
    MutexLock lock(mutex_);
    auto piece = pieces_.extract(id);
    if (piece.empty()) return;
    --counts_[{piece.mapped().account, piece.mapped().function}].under_way;
    told = take_done();
  }
  for (auto& fn : told) fn();
}

void WorkInProgress::failed(const std::string& id, int64_t next_ms, std::string error) {
  MutexLock lock(mutex_);
  auto piece = pieces_.find(id);
  if (piece == pieces_.end()) return;
  piece->second.next_ms = next_ms;
  piece->second.error = std::move(error);
}

namespace {

bool concerns(const WorkScope& scope, const std::string& account, const std::string& function) {
  return (scope.account.empty() || account.empty() || scope.account == account) &&
         (scope.function.empty() || function.empty() || scope.function == function);
}

}  // namespace

uint64_t WorkInProgress::count(const WorkScope& scope, uint64_t Counts::*which) const {
  uint64_t sum = 0;
  for (const auto& [whose, counts] : counts_) {
    if (concerns(scope, whose.first, whose.second)) sum += counts.*which;
  }
  return sum;
}

std::vector<std::function<void()>> WorkInProgress::take_done() {
  std::vector<std::function<void()>> out;
  for (auto it = waiting_.begin(); it != waiting_.end();) {
    if (count(it->second.scope, &Counts::under_way) > 0) {
      ++it;
      continue;
    }
    out.push_back(std::move(it->second.fn));
    it = waiting_.erase(it);
  }
  return out;
}

uint64_t WorkInProgress::under_way() const {
  return under_way({});
}

uint64_t WorkInProgress::under_way(const WorkScope& scope) const {
  MutexLock lock(mutex_);
  return count(scope, &Counts::under_way);
}

uint64_t WorkInProgress::begun(const WorkScope& scope) const {
  MutexLock lock(mutex_);
  return count(scope, &Counts::begun);
}

std::vector<WorkInProgress::Piece> WorkInProgress::pieces(const WorkScope& scope, size_t max) const {
  std::vector<Piece> out;
  {
    MutexLock lock(mutex_);
    for (const auto& [id, piece] : pieces_) {
      if (concerns(scope, piece.account, piece.function)) out.push_back(piece);
    }
  }
  std::sort(out.begin(), out.end(), [](const Piece& a, const Piece& b) { return a.since_ms < b.since_ms; });
  if (out.size() > max) out.resize(max);
  return out;
}

WorkInProgress::WaitId WorkInProgress::when_none(std::function<void()> fn, WorkScope scope) {
  {
    MutexLock lock(mutex_);
    if (count(scope, &Counts::under_way) > 0) {
      waiting_.emplace(++last_wait_, Waiting{std::move(scope), std::move(fn)});
      return last_wait_;
    }
  }
  fn();
  return 0;
}

void WorkInProgress::forget(WaitId id) {
  MutexLock lock(mutex_);
  waiting_.erase(id);
}

}  // namespace millrace
